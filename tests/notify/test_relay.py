"""The relay and its mail server: what is said, when it is tried again, and when it is given up."""

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from config.celery import app
from demo import builders as make
from notify import delivery
from notify.models import Delivery, Event, Task
from notify.notices import DEADLINE, NEWS, Kind, words_of
from referral.actions import leaving, sending
from referral.models import Referral
from tests.notify.sink import Sink, serving

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with serving() as server:
        use(settings, server.port)
        yield server


def use(settings: Any, port: int) -> None:
    """Send real mail to this port, instead of the test runner's stand-in."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


@contextmanager
def hanging_up(when: str) -> Iterator[tuple[int, list[bytes]]]:
    """A mail server that drops every caller: at once, or when it has all of the mail."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                heard.append(_conversation(caller) if when == "after the mail" else b"")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _conversation(caller: socket.socket) -> bytes:
    """Say yes to everything, and nothing any more once the mail is there."""
    caller.sendall(b"220 ready\r\n")
    lines = caller.makefile("rb")
    for line in lines:
        if line.upper().startswith(b"DATA"):
            break
        caller.sendall(b"250 yes\r\n")
    caller.sendall(b"354 go on\r\n")
    return b"".join(iter(lines.readline, b".\r\n"))


def told(member: Member, kind: Kind = Kind.REFERRAL_SENT, **facts: Any) -> Delivery:
    """A mail that waits to be sent to this member."""
    now = timezone.now()
    event = Event.objects.create(kind=kind, subject="RF-TEST-TEST", happened_at=now)
    row: Delivery = Delivery.objects.create(
        event=event, member=member, channel="email", **{"next_at": now} | facts
    )
    return row


def number_of(row: Delivery) -> str:
    return f"<{row.message_id.hex}@safehand.invalid>"


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_two_kinds_of_the_same_words_make_the_same_mail(language: str, sink: Sink) -> None:
    member = make.make_member(language=language)
    first, second = told(member, Kind.REFERRAL_SENT), told(member, Kind.OVERRIDE_ASKED)

    delivery.relay_due(timezone.now())

    one, two = sink.mails
    assert (one["Message-ID"], two["Message-ID"]) == (number_of(first), number_of(second))
    assert [plain(one), plain(one)] == [plain(two), plain(two)]


def plain(mail: Any) -> tuple[Any, ...]:
    """All of a mail but what must differ: its number, its date."""
    heads = {k: v for k, v in mail.items() if k not in {"Message-ID", "Date"}}
    return (sorted(heads.items()), mail.get_payload(decode=True))


def test_the_words_of_every_kind_are_one_of_two_constants() -> None:
    assert {kind: words_of(kind) for kind in Kind} == {
        kind: DEADLINE if kind in {Kind.DEADLINE_NEAR, Kind.DEADLINE_PASSED} else NEWS
        for kind in Kind
    }
    assert DEADLINE.subject is NEWS.subject


def test_each_failure_waits_longer_than_the_one_before(receiver: Member, settings: Any) -> None:
    row, waits = told(receiver), []
    with serving(lambda _: "451 later") as server:
        use(settings, server.port)
        for _ in range(4):
            before = timezone.now()
            delivery.relay_due(max(before, row.next_at))
            row.refresh_from_db()
            assert (row.state, row.leased_by, row.last_error) == ("pending", None, "smtp_451")
            waits.append(row.next_at - before)

    assert (row.attempts, server.offered, waits) == (4, 4, sorted(waits))
    for wait, planned in zip(waits, delivery.WAITS, strict=False):
        assert planned * 0.75 <= wait


@pytest.mark.parametrize("when", ["at once", "after the mail"])
def test_a_server_that_hangs_up_is_given_the_same_mail_again(
    when: str, receiver: Member, settings: Any
) -> None:
    row = told(receiver)
    with hanging_up(when) as (port, heard):
        use(settings, port)
        delivery.relay_due(timezone.now())
    row.refresh_from_db()
    # Who hangs up before a mail was offered has failed none.
    offered = int(when == "after the mail")
    assert (row.state, row.attempts, len(heard)) == ("pending", offered, 1)
    assert (number_of(row).encode() in heard[0]) is (when == "after the mail")

    with serving() as server:
        use(settings, server.port)
        delivery.relay_due(row.next_at)

    row.refresh_from_db()
    assert (row.state, [m["Message-ID"] for m in server.mails]) == ("done", [number_of(row)])


def test_a_server_that_never_answers_does_not_hold_the_others(
    receiver: Member, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    rows = [told(receiver) for _ in range(3)]
    with serving(lambda n: "hang" if n == 1 else "250 kept") as server:
        use(settings, server.port)
        delivery.relay_due(timezone.now())

    assert [m["Message-ID"] for m in server.mails] == [number_of(row) for row in rows[1:]]
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == [
        "pending", "done", "done",
    ]  # fmt: skip


def test_one_refused_address_does_not_stop_the_batch(receiver: Member, settings: Any) -> None:
    make.make_agency(type="ministry", is_coordinating=True)
    rows = [told(receiver) for _ in range(3)]
    with serving(lambda n: "550 no such mailbox" if n == 2 else "250 kept") as server:
        use(settings, server.port)
        delivery.relay_due(timezone.now())

    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == [
        "done", "dead", "done",
    ]  # fmt: skip
    assert Task.objects.get(kind="dead_letter").subject == rows[1].code


def test_an_address_that_cannot_be_written_does_not_stop_the_batch(
    receiver: Member, sink: Sink
) -> None:
    make.make_agency(type="ministry", is_coordinating=True)
    # The form for members takes it, but no mail can carry it: its label is too long in ASCII.
    bad = told(make.make_member(email=f"anna@{'я' * 60}.by"))
    good = told(receiver)

    delivery.relay_due(timezone.now())

    assert [m["Message-ID"] for m in sink.mails] == [number_of(good)]
    bad.refresh_from_db()
    assert bad.state == "dead"


def test_whoever_left_is_not_written_to(sender: Member, sink: Sink) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    row = told(sender)
    leaving.leave(member=sender, by=admin, at=timezone.now())

    delivery.relay_due(timezone.now())

    row.refresh_from_db()
    assert (row.state, row.leased_by, sink.offered) == ("cancelled", None, 0)


def test_a_member_without_an_address_has_the_bell(sender: Member) -> None:
    focal = make.make_member(role=Role.FOCAL_POINT, email="")
    service = make.make_service(agency=focal.agency)

    make.make_sent(by=sender, service=service)

    assert list(Delivery.objects.values_list("member", "channel")) == [(focal.pk, "in_app")]


def test_what_is_not_due_stays(receiver: Member, sink: Sink) -> None:
    row = told(receiver, next_at=timezone.now() + dt.timedelta(hours=1))

    assert delivery.relay_due(timezone.now()) == 0
    assert delivery.relay_due(row.next_at) == 1
    assert sink.offered == 1


def test_a_mail_that_a_dead_relay_held_is_sent_after_its_lease(
    receiver: Member, sink: Sink
) -> None:
    row, now = told(receiver), timezone.now()
    (held,) = delivery.claim(now)

    assert (delivery.relay_due(held.leased_until or now), sink.offered) == (0, 0)
    assert delivery.relay_due(now + delivery.LEASE + SECOND) == 1

    row.refresh_from_db()
    assert (row.state, row.attempts, row.leased_by, sink.offered) == ("done", 2, None, 1)


def test_a_relay_whose_lease_ran_out_sends_nothing_twice(receiver: Member, sink: Sink) -> None:
    rows, now = [told(receiver) for _ in range(3)], timezone.now()
    slow = delivery.claim(now)
    delivery.relay_due(now + delivery.LEASE + SECOND)

    delivery._send(slow)

    assert [m["Message-ID"] for m in sink.mails] == [number_of(row) for row in rows]


def test_all_of_a_long_queue_is_sent_in_one_go(receiver: Member, sink: Sink) -> None:
    rows = [told(receiver) for _ in range(2 * delivery.BATCH + 1)]

    assert delivery.relay_due(timezone.now()) == len(rows)

    assert [m["Message-ID"] for m in sink.mails] == [number_of(row) for row in rows]


def test_one_relay_at_a_time_so_that_no_mail_server_holds_every_hand(
    receiver: Member, sink: Sink
) -> None:
    row = told(receiver)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [delivery.LOCK])

        assert (delivery.relay_due(timezone.now()), sink.offered) == (0, 0)
    finally:
        # However it ends: a relay that was killed leaves no lock behind.
        other.close()

    end = time.monotonic() + 10
    while not delivery.relay_due(timezone.now()):
        assert time.monotonic() < end, "the lock outlived its holder"
    row.refresh_from_db()
    assert (row.state, sink.offered) == ("done", 1)


def test_a_relay_ends_before_it_would_be_ended(
    receiver: Member, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(delivery.BATCH + 1):
        told(receiver)
    monkeypatch.setattr(delivery, "LONGEST", dt.timedelta())

    assert [delivery.relay_due(timezone.now()) for _ in range(3)] == [delivery.BATCH, 1, 0]
    assert delivery.LEASE.total_seconds() < app.conf.task_time_limit


def test_a_notice_that_was_undone_is_not_sent(
    sender: Member, service: Service, sink: Sink
) -> None:
    case = make.make_case(by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)

    with pytest.raises(Exception, match="no_consent"):
        sending.send(code=draft.code, by=sender, at=timezone.now())

    assert (delivery.relay_due(timezone.now()), sink.offered) == (0, 0)
    assert Referral.objects.get().state == "draft"


def test_a_mail_goes_where_its_member_is_written_to_now(receiver: Member, sink: Sink) -> None:
    told(receiver)
    batch = delivery.claim(timezone.now())
    Member.objects.filter(pk=receiver.pk).update(email="moved@example.org")

    delivery._send(batch)

    assert [m["To"] for m in sink.mails] == ["moved@example.org"]


def test_whoever_left_since_the_lease_is_not_written_to(receiver: Member, sink: Sink) -> None:
    row, batch = told(receiver), delivery.claim(timezone.now())
    Member.objects.filter(pk=receiver.pk).update(is_active=False)

    delivery._send(batch)

    row.refresh_from_db()
    assert (row.state, sink.offered) == ("cancelled", 0)
