"""Servers answer late, badly or not at all; workers die: nothing is lost, nothing comes twice."""

import contextlib
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from config.celery import app
from demo import builders as make
from launch.environment import ROOT
from notify import delivery
from notify.channels import Away, email
from notify.models import Delivery, Event, Task
from notify.notices import DEADLINE, NEWS
from referral.models import Referral
from tests.notify.sink import Sink, serving

FORBIDDEN = ("SH-", "RF-", "SHELTER", "traffick", "victim", "Agency", "Казлова", "Ірына")


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with serving() as server:
        use(settings, server.port)
        yield server


def use(settings: Any, port: int) -> None:
    """Send real mail to this port, instead of the test runner's stand-in."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


def mail() -> Delivery:
    return Delivery.objects.get(channel="email")


def test_a_mail_leaves_once_and_says_nothing(
    sent: Referral, receiver: Member, sink: Sink
) -> None:
    delivery.relay_due(timezone.now())
    delivery.relay_due(timezone.now())

    (only,) = sink.mails
    text = sink.accepted[0].decode()
    assert (only["To"], only["Subject"]) == (receiver.email, str(NEWS.subject))
    assert only.get_payload().split() == f"{NEWS.body} http://localhost/".split()
    assert [word for word in FORBIDDEN if word in text] == []
    assert only["Message-ID"] == f"<{mail().message_id.hex}@safehand.invalid>"


def test_all_mails_of_one_kind_are_alike_but_for_address_and_number(
    sent: Referral, sender: Member, receiver: Member, sink: Sink
) -> None:
    make.make_accepted(sent=sent, by=receiver)

    delivery.relay_due(timezone.now())

    assert sorted(m["To"] for m in sink.mails) == sorted([receiver.email, sender.email])
    assert len({(m["Subject"], m.get_payload()) for m in sink.mails}) == 1
    assert str(DEADLINE.body) != str(NEWS.body)


@pytest.mark.parametrize("reply", ["451 later", "421 closing"])
def test_a_server_that_is_busy_is_asked_again(
    reply: str, sent: Referral, settings: Any
) -> None:
    with serving(lambda n: reply if n == 1 else "250 kept") as server:
        use(settings, server.port)
        before = timezone.now()
        delivery.relay_due(before)
        waiting = mail()
        assert (waiting.state, waiting.attempts, waiting.leased_until) == ("pending", 1, None)
        assert waiting.next_at > before

        delivery.relay_due(timezone.now() + dt.timedelta(minutes=1))

        assert (mail().state, server.offered, len(server.accepted)) == ("done", 2, 1)


def test_a_refusal_for_good_becomes_a_task_for_a_human(sent: Referral, settings: Any) -> None:
    admin = make.make_member(
        agency=make.make_agency(type="ministry", is_coordinating=True),
        role=Role.SYSTEM_ADMIN,
        email="",
    )
    with serving(lambda _: "550 no such mailbox") as server:
        use(settings, server.port)

        delivery.relay_due(timezone.now())

    dead = mail()
    assert (dead.state, dead.last_error) == ("dead", "smtp_550")
    assert list(Task.objects.values_list("kind", "subject", "role")) == [
        ("dead_letter", dead.code, "system_admin")
    ]
    assert Delivery.objects.filter(member=admin, channel="in_app").count() == 1


def test_patience_ends_after_the_last_wait(sent: Referral, settings: Any) -> None:
    make.make_agency(type="ministry", is_coordinating=True)
    with serving(lambda _: "451 later") as server:
        use(settings, server.port)
        for _ in range(len(delivery.WAITS)):
            delivery.relay_due(timezone.now())
            assert mail().state == "pending"
            Delivery.objects.update(next_at=timezone.now())

        delivery.relay_due(timezone.now())

    assert (mail().state, mail().attempts) == ("dead", len(delivery.WAITS) + 1)


@contextlib.contextmanager
def away(how: str) -> Iterator[int]:
    """The port of a server that is not there, has no service for anybody, or does not take us."""
    if how == "not there":
        yield 1
        return
    listener = socket.create_server(("127.0.0.1", 0))
    lines = {
        "no service": [b"554 no mail service here\r\n"],
        "knows no sender": [b"220 ready\r\n", b"250 hello\r\n", b"550 not you\r\n"],
    }[how]

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with caller:
                    for line in lines:
                        caller.sendall(line)
                        if line is not lines[-1]:
                            caller.recv(1000)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@pytest.mark.parametrize("how", ["not there", "no service", "knows no sender"])
def test_what_waited_for_a_server_that_was_away_is_sent_when_it_is_back(
    how: str, sent: Referral, receiver: Member, settings: Any
) -> None:
    """However long it was away: its absence is no failure of any mail."""
    for _ in range(2):
        event = Event.objects.create(
            kind="referral.sent", subject=sent.code, happened_at=timezone.now()
        )
        Delivery.objects.create(
            event=event, member=receiver, channel="email", next_at=timezone.now()
        )
    mails = Delivery.objects.filter(channel="email")
    with away(how) as port:
        use(settings, port)
        for _ in range(3 * len(delivery.WAITS)):
            mails.update(next_at=timezone.now())
            delivery.relay_due(timezone.now())
            assert set(mails.values_list("state", "attempts")) == {("pending", 0)}

    soon = timezone.now() + 2 * delivery.AWAY
    assert mails.filter(next_at__lt=soon).count() == 3
    with serving() as server:
        use(settings, server.port)
        delivery.relay_due(soon)

    assert (set(mails.values_list("state", "attempts")), server.offered) == ({("done", 1)}, 3)


def test_one_relay_offers_one_mail_to_a_server_that_is_away(
    sent: Referral, receiver: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or each of a thousand would wait ten seconds for a server that never greets."""
    for _ in range(delivery.BATCH):
        event = Event.objects.create(
            kind="referral.sent", subject=sent.code, happened_at=timezone.now()
        )
        Delivery.objects.create(
            event=event, member=receiver, channel="email", next_at=timezone.now()
        )
    knocks: list[int] = []

    def knock(*_: Any, **__: Any) -> None:
        knocks.append(1)
        raise Away("TimeoutError")

    monkeypatch.setattr(email, "_reach", knock)

    delivery.relay_due(timezone.now())

    assert len(knocks) == 1


def test_a_server_that_stays_away_is_a_task_for_a_human(sent: Referral, settings: Any) -> None:
    make.make_agency(type="ministry", is_coordinating=True)
    use(settings, 1)
    Event.objects.update(happened_at=timezone.now() - delivery.PATIENCE)

    delivery.relay_due(timezone.now())

    assert (mail().state, Task.objects.get(kind="dead_letter").subject) == ("dead", mail().code)


def test_a_relay_that_was_overtaken_changes_nothing(sent: Referral) -> None:
    now = timezone.now()
    (slow,) = delivery.claim(now)
    assert delivery.claim(now) == []
    (quick,) = delivery.claim(now + delivery.LEASE + dt.timedelta(seconds=1))
    delivery._mark(quick, state="done", done_at=now)

    assert delivery._mark(slow, state="dead") is False
    assert (mail().state, mail().attempts) == ("done", 2)


@pytest.mark.django_db(transaction=True)
def test_requests_go_on_without_the_broker_and_notices_follow(
    sent: Referral, receiver: Member, sender: Member, sink: Sink, signed_in: Any
) -> None:
    soon = (timezone.now() + dt.timedelta(hours=1)).isoformat()
    broker = app.conf.broker_url
    broker_is("redis://127.0.0.1:1/0")
    try:
        answer = signed_in(receiver).post(
            f"referrals/{sent.code}/accept/",
            {"contact": receiver.username, "first_contact_at": soon},
        )
    finally:
        broker_is(broker)

    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    delivery.relay_due(timezone.now())
    assert sorted(m["To"] for m in sink.mails) == sorted([receiver.email, sender.email])


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_mail_loses_nothing(sent: Referral) -> None:
    with serving(lambda n: "hang" if n == 1 else "250 kept") as server:
        env = worker_environment(server.port)
        first = start_worker(env)
        try:
            assert server.hanging.wait(60), "the worker never came to the mail"
        finally:
            end(first, signal.SIGKILL)
        assert (mail().state, server.accepted) == ("pending", [])
        # The lease is not waited for, but ended, as time would end it.
        Delivery.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))

        second = start_worker(env)
        try:
            wait_until_done()
        finally:
            end(second, signal.SIGTERM)

    assert [m["Message-ID"] for m in server.mails] == [
        f"<{mail().message_id.hex}@safehand.invalid>"
    ]
    assert (mail().attempts, server.offered) == (2, 2)


def broker_is(url: str) -> None:
    """Connect to another broker from now on, as a process does that has just started."""
    conf: Any = app.conf
    conf.broker_url = url
    cast(Any, app)._after_fork()


def worker_environment(port: int) -> dict[str, str]:
    where = connection.settings_dict
    return os.environ | {
        "DATABASE_URL": f"postgresql://{where['USER']}@/{where['NAME']}?host={where['HOST']}",
        "DATABASE_ROLE": "safehand_worker",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SMTP_PORT": str(port),
    }


def start_worker(env: dict[str, str]) -> "subprocess.Popen[bytes]":
    """A real worker, with its own timetable, on the real broker."""
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "solo", "-l", "error",
         "--without-gossip", "--without-mingle", "-B", "-s", f"/tmp/beat-{os.getpid()}"],
        cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def end(worker: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    """The worker, and its timetable, which is a process of its own and would outlive it."""
    worker.send_signal(how)
    worker.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)


def wait_until_done() -> None:
    """Bounded: the timetable looks every five seconds."""
    end = timezone.now() + dt.timedelta(seconds=60)
    while mail().state != "done" and timezone.now() < end:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_batch_sends_the_rest_once(
    sent: Referral, receiver: Member
) -> None:
    for _ in range(4):
        event = Event.objects.create(
            kind="referral.sent", subject=sent.code, happened_at=timezone.now()
        )
        Delivery.objects.create(
            event=event, member=receiver, channel="email", next_at=timezone.now()
        )
    with serving(lambda n: "hang" if n == 3 else "250 kept") as server:
        env = worker_environment(server.port)
        first = start_worker(env)
        try:
            assert server.hanging.wait(60), "the worker never came to the third mail"
        finally:
            end(first, signal.SIGKILL)
        assert Delivery.objects.filter(channel="email", state="done").count() == 2
        Delivery.objects.filter(state="pending").update(
            leased_until=timezone.now() - dt.timedelta(seconds=1)
        )

        second = start_worker(env)
        try:
            wait_until_none_waits()
        finally:
            end(second, signal.SIGTERM)

    numbers = Delivery.objects.filter(channel="email").values_list("message_id", flat=True)
    assert sorted(m["Message-ID"] for m in server.mails) == sorted(
        f"<{number.hex}@safehand.invalid>" for number in numbers
    )
    assert (len(server.accepted), server.offered) == (5, 6)


def wait_until_none_waits() -> None:
    """Bounded, as above."""
    end_at = timezone.now() + dt.timedelta(seconds=60)
    while Delivery.objects.filter(state="pending").exists() and timezone.now() < end_at:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
