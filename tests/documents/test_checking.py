"""From coming in to clean or refused; and that nothing else ever opens a document."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Member
from audit.models import AuditEvent
from cases.models import Case
from demo import builders as make
from documents import checking, clamd, store
from documents.actions import checking as acts
from documents.actions import serving, uploading
from documents.actions.checking import CHECK
from documents.models import Document, Piece, StoredFile
from documents.tasks import check
from documents.workflow import Fault, Retraction, State
from kernel.errors import Refused
from kernel.groups import DataGroup
from kernel.sealing import CannotOpen
from launch.scanner import SIGN
from tests.documents import conftest, files
from tests.documents.files import CANARY

Scanning = Callable[..., Any]


def again(document: Document) -> Document:
    return Document.objects.select_related("case__person").get(pk=document.pk)


def held(document: Document) -> list[str]:
    return list(document.files.order_by("form").values_list("form", flat=True))


def test_a_clean_document_takes_the_place_of_what_came_in(
    scanning: Scanning, sender: Member, case: Case
) -> None:
    scanning()
    document = make.make_document(
        case=case, by=sender, content=files.armed_paper(), name=f"{CANARY}.pdf"
    )

    decided = checking.check_waiting(timezone.now())
    found = again(document)
    content = store.content_of(found, store.Form.CLEAN, by=sender, why="test")

    assert (decided, found.state, found.pages, held(found)) == (1, "clean", 1, ["clean"])
    assert CANARY.encode() not in files.text_of(content)
    assert found.size == len(content)
    raw = b"".join(bytes(row) for row in Piece.objects.values_list("content", flat=True))
    assert [word in raw for word in (b"%PDF", b"/Page", CANARY.encode())] == [False] * 3
    assert CANARY.encode() not in bytes(found.words or b"")
    events = AuditEvent.objects.filter(about=document.code).order_by("pk")
    assert list(events.values_list("event", "actor")) == [
        ("document.uploaded", sender.username),
        ("document.passed", "check"),
    ]
    opened = AuditEvent.objects.filter(event="read.document").order_by("pk")
    assert [(each.actor, each.facts["why"], each.groups) for each in opened] == [
        ("check", "check", ["identity"]), (sender.username, "test", ["identity"]),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_picture_is_checked_too(
    scanning: Scanning, sender: Member, case: Case, kind: str
) -> None:
    scanning()
    document = make.make_document(
        case=case, by=sender, content=files.telling(kind), name=f"a.{kind}",
        declared=files.TYPES[kind],
    )  # fmt: skip
    checking.check_waiting(timezone.now())
    content = store.content_of(again(document), store.Form.CLEAN, by=sender, why="test")

    assert (again(document).state, CANARY.encode() in content) == ("clean", False)


def test_what_the_scanner_knows_is_refused_and_not_kept(
    scanning: Scanning, sender: Member, case: Case
) -> None:
    scanning()
    document = make.make_document(case=case, by=sender, content=files.paper() + SIGN)

    checking.check_waiting(timezone.now())
    found = again(document)

    assert (found.state, found.fault, held(found)) == ("rejected", Fault.INFECTED, [])
    assert Piece.objects.count() == 0
    with pytest.raises(Refused, match="document_is_rejected"):
        serving.issue(document=found, bound_to="s", by=sender, at=timezone.now())


def test_what_is_found_only_after_cleaning_is_refused_as_well(
    scanning: Scanning, sender: Member, case: Case
) -> None:
    scanning(conftest.SecondThoughts)
    document = make.make_document(case=case, by=sender)

    checking.check_waiting(timezone.now())

    assert (again(document).state, again(document).fault) == ("rejected", Fault.INFECTED)


MOODS = {
    "none named": None,
    "down": "down",
    "hanging": conftest.Hanging,
    "hanging up": conftest.Deaf,
    "confused": conftest.Confused,
    "refusing the size": conftest.TooMuch,
}


@pytest.mark.parametrize("mood", MOODS)
def test_without_a_verdict_it_waits_and_nobody_opens_it(
    scanning: Scanning, settings: Any, monkeypatch: Any, sender: Member, case: Case, mood: str
) -> None:
    monkeypatch.setattr(clamd, "SECONDS", 0.5)
    if MOODS[mood] == "down":
        server = scanning()
        server.shutdown()
        server.server_close()
    elif MOODS[mood]:
        scanning(MOODS[mood])
    document = make.make_document(case=case, by=sender)

    decided = checking.check_waiting(timezone.now())
    found = again(document)

    assert (decided, found.state, found.tries, held(found)) == (
        0,
        "quarantined",
        0,
        ["original"],
    )
    with pytest.raises(Refused, match="document_is_quarantined"):
        serving.issue(document=found, bound_to="s", by=sender, at=timezone.now())
    # Once a scanner is there, the sweep finds it by itself.
    scanning(conftest.Slow)
    monkeypatch.setattr(clamd, "SECONDS", 5)
    assert checking.check_waiting(timezone.now()) == 0
    assert checking.check_waiting(timezone.now() + dt.timedelta(minutes=2)) == 1
    assert again(document).state == State.CLEAN


def test_a_file_over_which_workers_die_is_given_up(
    scanning: Scanning, sender: Member, case: Case
) -> None:
    scanning()
    document = make.make_document(case=case, by=sender)
    at = timezone.now()
    # Each time a worker takes it and is never heard of again.
    for n in range(checking.MOST_TRIES):
        assert acts.take(by=CHECK, at=at + n * acts.LEASE) is not None
    assert acts.take(by=CHECK, at=at) is None

    checking.check_waiting(at + checking.MOST_TRIES * acts.LEASE)

    assert (again(document).state, again(document).fault) == ("rejected", Fault.TOO_HEAVY)


def test_what_was_taken_back_meanwhile_stays_so(sender: Member, case: Case) -> None:
    document = make.make_document(case=case, by=sender)
    uploading.retract(
        code=document.code, reason=Retraction.WRONG_FILE, by=sender, at=timezone.now()
    )

    with pytest.raises(Refused):
        acts.accept(
            code=document.code, content=b"x", sha256="", pages=1, by=CHECK, at=timezone.now()
        )

    assert (again(document).state, acts.take(by=CHECK, at=timezone.now())) == (
        "retracted",
        None,
    )


def test_a_damaged_content_is_never_given_out(sender: Member, case: Case) -> None:
    """Cut, changed, put in another order, or taken from elsewhere: each is found."""
    big = files.picture("png", (900, 900)) + bytes(200_000)
    document = make.make_clean(
        case=case, by=sender, content=big, name="a.png", declared="image/png"
    )
    other = make.make_clean(
        case=case, by=sender, content=big, name="a.png", declared="image/png"
    )
    pieces = list(document.files.get().pieces.order_by("number"))
    sealed = [bytes(piece.content) for piece in pieces]
    theirs = bytes(other.files.get().pieces.order_by("number")[0].content)
    assert len(sealed) == 4

    def holds(contents: list[bytes]) -> bool:
        document.files.get().pieces.all().delete()
        Piece.objects.bulk_create(
            Piece(file=document.files.get(), number=n, content=each)
            for n, each in enumerate(contents)
        )
        try:
            return (
                store.content_of(again(document), store.Form.CLEAN, by=sender, why="t") == big
            )
        except CannotOpen:
            return False

    flipped = bytes([sealed[1][0] ^ 1]) + sealed[1][1:]
    assert {
        "whole": holds(sealed),
        "cut": holds(sealed[:-1]),
        "empty": holds([]),
        "swapped": holds([sealed[1], sealed[0], *sealed[2:]]),
        "left out": holds([sealed[0], *sealed[2:]]),
        "changed": holds([sealed[0], flipped, *sealed[2:]]),
        "of another": holds([theirs, *sealed[1:]]),
        "longer": holds([*sealed, sealed[-1]]),
        "shorter piece": holds([*sealed[:-1], sealed[-1][:-1]]),
    } == dict.fromkeys(
        ("cut", "empty", "swapped", "left out", "changed", "of another", "longer",
         "shorter piece"), False,
    ) | {"whole": True}  # fmt: skip


def test_the_key_of_a_file_opens_no_other(sender: Member, case: Case) -> None:
    first, second = (make.make_clean(case=case, by=sender) for _ in range(2))
    StoredFile.objects.filter(document=first).update(key=second.files.get().key)

    with pytest.raises(CannotOpen):
        store.content_of(again(first), store.Form.CLEAN, by=sender, why="test")


def test_a_lost_nudge_loses_nothing(scanning: Scanning, sender: Member, case: Case) -> None:
    scanning()
    document = make.make_document(case=case, by=sender, group=DataGroup.HEALTH)
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        check()

    assert again(document).state == State.CLEAN
