"""`./safehand chaos` must see what it looks for: a loss, a ghost, a double and a half, put in on purpose."""

import random
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from agencies.models import Member, Service
from benchmarks.chaos import control, counting, notes
from benchmarks.chaos.notes import Act, Mails, Notebook
from benchmarks.chaos.recovery import Firsts
from demo import builders as make
from launch import environment, harms, moodysink, otherclock
from launch.children import Children
from launch.environment import ROOT
from launch.supervisor import Supervisor
from notify.models import Clock, Delivery, Event, Task
from referral.actions import answering, sending
from referral.models import Disclosure, Referral
from tests.conftest import owning

pytestmark = pytest.mark.django_db


def number_of(row: Delivery) -> str:
    return f"<{row.message_id.hex}@safehand.invalid>"


@pytest.fixture
def played(sender: Member, service: Service, receiver: Member) -> list[Act]:
    """Two referrals, one accepted and one declined, and what a client noted of them."""
    noted: list[Act] = []

    def note(what: str, by: Member, referral: Referral, said: str = "") -> None:
        noted.append(
            Act(len(noted), what, by.username, f"key{len(noted)}", referral.case.code,
                referral.service.code, "" if what == "draft" else referral.code, 1.0,
                status=200, said=said)
        )  # fmt: skip

    for answer in ("accept", "decline"):
        case = make.make_case(by=sender)
        make.make_consent(case=case, to=service.agency, by=sender)
        draft = make.make_draft(case=case, service=service, by=sender)
        note("draft", sender, draft, said=draft.code)
        sent = sending.send(code=draft.code, by=sender, at=timezone.now())
        note("send", sender, sent)
        answering.receive(code=sent.code, by=receiver, at=timezone.now())
        note("look", receiver, sent)
        if answer == "accept":
            make.make_accepted(sent=sent, by=receiver)
        else:
            answering.decline(
                code=sent.code, reason="no_capacity", by=receiver, at=timezone.now()
            )
        note(answer, receiver, sent)
    return noted


@pytest.fixture
def mails(played: list[Act]) -> Mails:
    """Everything was delivered."""
    taken = Mails()
    waiting = Delivery.objects.filter(channel="email")
    for row in waiting.select_related("member"):
        taken.taken[number_of(row)] += 1
        taken.to[number_of(row)] = row.member.email
    waiting.update(state="done", done_at=timezone.now())
    return taken


def test_nothing_is_found_where_nothing_is_wrong(played: list[Act], mails: Mails) -> None:
    found = counting.count(played, mails)

    assert (found.named, found.well) == ([], True)
    assert found.numbers["referrals"] == {"accepted": 1, "declined": 1}


def code_of(played: list[Act], what: str) -> str:
    return next(act.code for act in played if act.what == what)


def lose_a_notice(played: list[Act]) -> None:
    event = Event.objects.get(kind="referral.sent", subject=code_of(played, "accept"))
    event.deliveries.all().delete()
    event.delete()


def tell_twice(played: list[Act]) -> None:
    event = Event.objects.get(kind="referral.accepted")
    Event.objects.create(kind=event.kind, subject=event.subject, happened_at=event.happened_at)


def lose_a_mail(played: list[Act]) -> None:
    row = Delivery.objects.filter(channel="email").earliest("pk")
    Delivery.objects.filter(pk=row.pk).update(state="pending", done_at=None)


def hold_a_mail(played: list[Act]) -> None:
    row = Delivery.objects.filter(channel="email").earliest("pk")
    Delivery.objects.filter(pk=row.pk).update(leased_until=timezone.now())


def lose_a_clock(played: list[Act]) -> None:
    Clock.objects.filter(purpose="contact").delete()


def lose_the_rungs(played: list[Act]) -> None:
    Clock.objects.get(purpose="contact").rungs.all().delete()


def lose_a_task(played: list[Act]) -> None:
    Task.objects.filter(kind="reroute").delete()


def forget_an_answer(played: list[Act]) -> None:
    """Accepted by nobody: its row fell back to what it was before."""
    Referral.objects.filter(state="accepted").update(
        state="received", accepted_at=None, accepted_by=None
    )


def nobody_asked(played: list[Act]) -> None:
    played[:] = [act for act in played if act.what != "decline"]


def refuse_a_repeat(played: list[Act]) -> None:
    next(act for act in played if act.what == "accept").status = 409


def draft_again(played: list[Act]) -> None:
    twin = Referral.objects.get(code=code_of(played, "accept"))
    worker = twin.case.worker
    assert worker is not None
    make.make_draft(case=twin.case, service=twin.service, by=worker)


FAULTS: dict[Callable[[list[Act]], None], str] = {
    lose_a_notice: "lost", tell_twice: "double", lose_a_mail: "lost", hold_a_mail: "half",
    lose_a_clock: "lost", lose_the_rungs: "lost", lose_a_task: "lost", forget_an_answer: "half",
    nobody_asked: "ghost", refuse_a_repeat: "half", draft_again: "double",
}  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "word"), FAULTS.items(), ids=[fault.__name__ for fault in FAULTS]
)
def test_each_fault_is_seen(
    spoil: Callable[[list[Act]], None], word: str, played: list[Act], mails: Mails
) -> None:
    with owning():
        spoil(played)

    assert counting.count(played, mails).counts[word] >= 1


def test_the_control_of_every_run_is_seen(played: list[Act], mails: Mails) -> None:
    with owning():
        changed = control.spoilt(played, mails)

    counts = counting.count(played, changed).counts
    assert all(counts[word] for word in ("lost", "ghost", "double"))


def test_a_mail_that_was_taken_twice_is_no_double(played: list[Act], mails: Mails) -> None:
    """After a cut connection nobody can know; the second has the number of the first."""
    mails.taken[next(iter(mails.taken))] += 1

    found = counting.count(played, mails)

    assert (found.named, found.numbers["mails"]["repeats"]) == ([], 1)


def test_an_act_without_an_answer_may_have_been_done_or_not(
    played: list[Act], mails: Mails
) -> None:
    accept = next(act for act in played if act.what == "accept")
    accept.status = 0
    assert counting.count(played, mails).well

    played.append(
        Act(99, "accept", accept.who, "k", accept.case, accept.service, "RF-NONE", 1.0)
    )
    assert counting.count(played, mails).well


def test_an_act_is_noted_before_it_is_asked_for(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    asked = notebook.ask("draft", "worker0", "key", "SH-1", "SV-1", "")
    (alone,) = notes.acts(tmp_path)
    asked.status, asked.said = 201, "RF-1"
    notebook.answer(asked)
    (answered,) = notes.acts(tmp_path)
    notebook.file.close()

    assert (alone.done, answered.done, answered.said) == (False, True, "RF-1")


def test_the_service_is_back_with_the_first_that_began_after_the_harm() -> None:
    firsts = Firsts([(1.0, 9.0), (2.0, 3.0), (5.0, 6.5), (5.5, 6.0)])

    assert [firsts.after(moment) for moment in (0.5, 1.5, 3.0, 6.0)] == [3.0, 3.0, 6.0, None]


def test_a_seed_draws_the_same_harms_and_all_kinds() -> None:
    drawn = [harms.drawn(40, random.Random(7), disk=True, clock=True) for _ in range(2)]
    names = {harm.name for harm in drawn[0]}
    fewer = set(harms.drawn(40, random.Random(7), disk=False, clock=False))

    assert drawn[0] == drawn[1]
    always = {*harms.KILLS, *harms.MOODS, *harms.PARTNERS}
    assert names == {harm.name for harm in (*always, harms.FULL, *harms.CLOCKS)}
    assert fewer == always


NOW = "import time; time.sleep(0.01); print(time.time() - {true:.3f}, time.monotonic() - {run:.3f})"


def test_a_clock_that_is_set_wrong_is_wrong_for_those_who_look_at_it(tmp_path: Path) -> None:
    """And only the one on the wall: what is waited for takes as long as it does."""
    clock = otherclock.made_in(tmp_path)
    assert clock.made, "no C compiler here"
    seen = []
    for off in (0, harms.OFF, -harms.OFF):
        clock.step(off)
        words = NOW.format(true=time.time(), run=time.monotonic())
        said = subprocess.run(
            [sys.executable, "-c", words], env=clock.env, capture_output=True, check=True
        )
        seen.append([float(word) for word in said.stdout.split()])

    assert [round(wall - run, 1) for wall, run in seen] == [0, harms.OFF, -harms.OFF]
    assert all(0 < run < 5 for _, run in seen)


def test_what_died_is_started_again_unless_it_is_held_down(tmp_path: Path) -> None:
    children = Children()
    supervisor = Supervisor(children)
    child = children.start("sleeper", ["sleep", "60"], env={}, log=tmp_path / "log")
    try:
        first = child.process.pid
        child.process.send_signal(signal.SIGKILL)
        supervisor.held.add("sleeper")
        tended(supervisor, seconds=1.5)
        assert child.process.poll() is not None

        supervisor.held.clear()
        tended(supervisor, seconds=0.2)
        assert (child.process.poll(), child.process.pid != first) == (None, True)
    finally:
        children.stop()


def tended(supervisor: Supervisor, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        supervisor.tend()
        time.sleep(0.05)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    port = environment.any_free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "launch.moodysink", "--port", str(port),
         "--journal", tmp_path / notes.MAILS, "--mood", tmp_path / "mood"],
        cwd=ROOT,
    )  # fmt: skip
    try:
        end = time.monotonic() + 20
        while environment.port_is_free(port) and time.monotonic() < end:
            time.sleep(0.05)
        yield port, tmp_path
    finally:
        process.terminate()
        process.wait()


MOODS = {
    moodysink.WELL: (None, (1, 0)),
    moodysink.LATER: (smtplib.SMTPDataError, (0, 0)),
    moodysink.REFUSES: (smtplib.SMTPDataError, (0, 1)),
    moodysink.NO_SERVICE: (smtplib.SMTPConnectError, (0, 0)),
    moodysink.HANGS_UP: (smtplib.SMTPServerDisconnected, (1, 0)),
    # Their own time limit: smtplib calls that a disconnection, too.
    moodysink.HANGS: (smtplib.SMTPServerDisconnected, (0, 0)),
}


def test_the_mail_server_has_moods_and_notes_what_it_took(sink: tuple[int, Path]) -> None:
    port, folder = sink
    before = notes.mails(folder)
    for mood, (fault, (taken, refused)) in MOODS.items():
        (folder / "mood").write_text(mood)
        raised: type[Exception] | None = None
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=1) as line:
                line.sendmail(
                    "a@example.org", "b@example.org", f"Message-ID: <{mood}@x>\r\n\r\nText\r\n"
                )
        except (OSError, smtplib.SMTPException) as seen:
            raised = type(seen)
        now = notes.mails(folder)
        assert (mood, raised) == (mood, fault)
        assert now.taken.total() - before.taken.total() == taken, mood
        assert len(now.refused) - len(before.refused) == refused, mood
        before = now


def test_a_missing_receipt_is_named(played: list[Act], mails: Mails) -> None:
    code = code_of(played, "decline")
    with owning():
        Disclosure.objects.filter(referral__code=code).delete()

    assert counting.count(played, mails).named == [f"lost: disclosure of {code}"]
