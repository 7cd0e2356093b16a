"""`./safehand chaos` must see what goes wrong with calls of partners' systems and with files, too."""

import http.client
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import timezone

from agencies.models import Agency, Member, Service
from benchmarks.chaos import calls as counted_calls
from benchmarks.chaos import files, notes
from benchmarks.chaos.counting import Found
from benchmarks.chaos.notes import Act, Calls
from cases.models import TimelineEntry
from demo import builders as make
from exchange.actions import importing
from exchange.models import ImportJob, ImportRow, Origin
from launch import environment, moodypartner
from launch.environment import ROOT
from notify import calls, systemkeys
from notify.models import Announcement, Call, Endpoint
from tests.conftest import owning
from tests.exchange.jobs import work
from tests.notify.test_outage import end

pytestmark = pytest.mark.django_db


# Calls


@pytest.fixture
def heard(sender: Member, service: Service) -> Calls:
    """Two referrals were sent, and the receiver's system has taken both calls."""
    make.make_endpoint(agency=service.agency, url="https://partner.example.org/p")
    Agency.objects.filter(pk=service.agency_id).update(has_systems=True)
    service.agency.refresh_from_db()
    for _ in range(2):
        make.make_sent(by=sender, service=service)
    now = timezone.now()
    calls.spread(now)
    Call.objects.update(state="done", done_at=now, status=204, attempts=1)
    rows = Call.objects.select_related("announcement")
    return Calls(taken=Counter({("/p", str(call.number)): 1 for call in rows}))


def seen_of_calls(heard: Calls) -> Found:
    found = Found()
    counted_calls.count(heard, found)
    return found


def test_nothing_is_found_where_all_was_taken(heard: Calls) -> None:
    heard.taken[next(iter(heard.taken))] += 1

    found = seen_of_calls(heard)

    assert (found.named, found.well) == ([], True)
    assert found.numbers["calls"] == {
        "owed": 2, "delivered": 2, "dead": 0, "kept for one that is switched off": 0, "repeats": 1,
        "switched off": 0,
    }  # fmt: skip


def first() -> int:
    return Call.objects.earliest("pk").pk


def lose_an_announcement(heard: Calls) -> None:
    Announcement.objects.earliest("pk").delete()


def lose_a_call(heard: Calls) -> None:
    Call.objects.get(pk=first()).delete()


def only_say_delivered(heard: Calls) -> None:
    heard.taken.popitem()


def still_wait(heard: Calls) -> None:
    Call.objects.filter(pk=first()).update(state="pending", done_at=None, status=500)


def die_for_no_reason(heard: Calls) -> None:
    Call.objects.filter(pk=first()).update(state="dead", done_at=None, status=None)


def die_and_tell_nobody(heard: Calls) -> None:
    Call.objects.filter(pk=first()).update(state="dead", done_at=None, status=500)


def hold_an_endpoint(heard: Calls) -> None:
    Endpoint.objects.update(leased_by="0b6c5c9e-9c0b-4e43-9d5c-0d8f4f6b0f6a")


def tell_of_nothing(heard: Calls) -> None:
    heard.taken["/p", "0b6c5c9e-9c0b-4e43-9d5c-0d8f4f6b0f6a"] += 1


def tell_another_address(heard: Calls) -> None:
    path, number = next(iter(heard.taken))
    heard.taken[f"{path}2", number] += 1


def tell_another_agency(heard: Calls) -> None:
    other = Agency.objects.exclude(has_systems=True)[0]
    event = Announcement.objects.earliest("pk").event
    Announcement.objects.create(
        event=event, agency=other, topic="referral.updated", at=event.happened_at
    )


def not_sign(heard: Calls) -> None:
    heard.unsigned += 1


WRONG_CALLS: dict[Callable[[Calls], None], str] = {
    lose_an_announcement: "lost", lose_a_call: "lost", only_say_delivered: "lost", still_wait: "lost",
    die_for_no_reason: "half", die_and_tell_nobody: "lost", hold_an_endpoint: "half",
    tell_of_nothing: "ghost", tell_another_address: "ghost", tell_another_agency: "ghost",
    not_sign: "ghost",
}  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "word"), WRONG_CALLS.items(), ids=[fault.__name__ for fault in WRONG_CALLS]
)
def test_each_wrong_call_is_seen(
    spoil: Callable[[Calls], None], word: str, heard: Calls
) -> None:
    with owning():
        spoil(heard)

    assert seen_of_calls(heard).counts[word] >= 1


def test_what_waits_at_an_address_that_is_gone_is_no_loss(heard: Calls) -> None:
    with owning():
        rows = Call.objects.filter(pk=first())
        rows.update(state="pending", done_at=None, status=None)
        Endpoint.objects.update(state="disabled", because="gone")
    heard.taken.pop(("/p", str(Call.objects.get(pk=first()).number)))

    found = seen_of_calls(heard)

    assert (found.named, found.numbers["calls"]["kept for one that is switched off"]) == ([], 1)


# Files


@dataclass
class Brought:
    acts: list[Act]
    ours: set[str]


@pytest.fixture
def brought(sender: Member, monkeypatch: pytest.MonkeyPatch) -> Brought:
    """A case that was there, and two files of three people: one is in, one waits for its yes."""
    monkeypatch.setattr(files, "ROWS", 3)
    ours = {make.make_case(by=sender).code}
    acts = []
    for number in range(2):
        job = make.make_import(by=sender, content=files.table(number))
        acts.append(Act(number, "bring", sender.username, f"k{number}", "", "", f"file {number}",
                        1.0, status=201, said=job.code))  # fmt: skip
    work()
    code = acts[0].said
    importing.start(code=code, with_doubtful=True, by=sender, at=timezone.now())
    work()
    acts.append(
        Act(9, "start", sender.username, "k9", "", "", code, 1.0, status=200, said=code)
    )
    return Brought(acts, ours)


def seen_of_files(brought: Brought) -> Found:
    found = Found()
    files.count(brought.acts, brought.ours, found)
    return found


def test_nothing_is_found_where_every_file_is_whole(brought: Brought) -> None:
    found = seen_of_files(brought)

    assert (found.named, found.well) == ([], True)
    assert found.numbers["files"] == {"brought": 2, "checked": 1, "done": 1}


def unwrite_a_row(brought: Brought) -> None:
    ImportRow.objects.filter(pk=ImportRow.objects.filter(state="done")[0].pk).update(
        state="new", case=None
    )


def two_rows_one_case(brought: Brought) -> None:
    one, other = ImportRow.objects.filter(state="done")[:2]
    ImportRow.objects.filter(pk=one.pk).update(case=other.case_id)


def lose_an_origin(brought: Brought) -> None:
    Origin.objects.earliest("pk").delete()


def lose_its_beginning(brought: Brought) -> None:
    TimelineEntry.objects.filter(
        event="case.registered", case=ImportRow.objects.filter(state="done")[0].case_id
    ).delete()


def one_case_more(brought: Brought) -> None:
    brought.ours.clear()


def never_end(brought: Brought) -> None:
    ImportJob.objects.filter(state="done").update(state="importing")


def begin_without_a_yes(brought: Brought) -> None:
    brought.acts.pop()


def forget_a_yes(brought: Brought) -> None:
    waiting = ImportJob.objects.get(state="checked")
    brought.acts.append(
        Act(10, "start", "w", "k10", "", "", waiting.code, 1.0, status=200, said=waiting.code)
    )


def lose_a_file(brought: Brought) -> None:
    brought.acts[1].said = "IM-2222-2222"


def one_file_twice(brought: Brought) -> None:
    brought.acts.pop(0)


def refuse_a_repeat(brought: Brought) -> None:
    brought.acts[0].status = 409


WRONG_FILES: dict[Callable[[Brought], None], str] = {
    unwrite_a_row: "half", two_rows_one_case: "double", lose_an_origin: "half",
    lose_its_beginning: "half", one_case_more: "ghost", never_end: "lost",
    begin_without_a_yes: "ghost", forget_a_yes: "lost", lose_a_file: "lost",
    one_file_twice: "double", refuse_a_repeat: "half",
}  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "word"), WRONG_FILES.items(), ids=[fault.__name__ for fault in WRONG_FILES]
)
def test_each_file_that_is_not_whole_is_seen(
    spoil: Callable[[Brought], None], word: str, brought: Brought
) -> None:
    with owning():
        spoil(brought)

    assert seen_of_files(brought).counts[word] >= 1


# The partner's system itself

SECRET = systemkeys.fresh()


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    port = environment.any_free_port()
    (tmp_path / notes.SECRETS).write_text(f'{{"/p": "{SECRET}", "/gone": "{SECRET}"}}')
    process = subprocess.Popen(
        [sys.executable, "-m", "launch.moodypartner", "--port", str(port),
         "--secrets", tmp_path / notes.SECRETS, "--journal", tmp_path / notes.CALLS,
         "--mood", tmp_path / "mood"],
        cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    try:
        late = time.monotonic() + 20
        while environment.port_is_free(port) and time.monotonic() < late:
            time.sleep(0.05)
        yield port, tmp_path
    finally:
        end(process, signal.SIGTERM)


def call(port: int, path: str = "/p", *, secret: str = SECRET) -> tuple[int, str]:
    """HTTP's number, or none where it hangs up; and Retry-After."""
    now, body = timezone.now(), '{"type":"referral.updated"}'
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=moodypartner.SLOWLY + 2)
    signed = systemkeys.signatures([secret], number="n", at=now, body=body)
    headers = {
        "webhook-id": "n", "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signed,
    }  # fmt: skip
    try:
        line.request("POST", path, body, headers)
        got = line.getresponse()
        return got.status, got.getheader("Retry-After", "")
    except (http.client.RemoteDisconnected, TimeoutError) as fault:
        return 0, type(fault).__name__
    finally:
        line.close()


MOODS = {
    moodypartner.WELL: ((204, ""), 1),
    moodypartner.FAILS: ((500, ""), 0),
    moodypartner.LATER: ((503, moodypartner.AFTER), 0),
    moodypartner.GONE: ((500, ""), 0),
    moodypartner.CUTS: ((0, "RemoteDisconnected"), 1),
    moodypartner.SLOW: ((204, ""), 1),
    moodypartner.HANGS: ((0, "TimeoutError"), 0),
}


def test_a_partners_system_has_moods_and_notes_what_it_took(partner: tuple[int, Path]) -> None:
    port, folder = partner
    assert set(MOODS) == set(moodypartner.MOODS)
    for mood, (answer, taken) in MOODS.items():
        (folder / "mood").write_text(mood)
        before = notes.calls(folder).taken.total()
        assert (mood, call(port)) == (mood, answer)
        assert notes.calls(folder).taken.total() - before == taken, mood
    (folder / "mood").write_text(moodypartner.GONE)
    assert call(port, moodypartner.THE_GONE) == (410, "")


def test_a_partners_system_takes_nothing_that_is_not_signed(partner: tuple[int, Path]) -> None:
    port, folder = partner
    assert call(port, secret=systemkeys.fresh()) == (204, "")
    found = notes.calls(folder)
    assert (found.taken.total(), found.unsigned) == (0, 1)
