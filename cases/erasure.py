"""The end of a person's key: what was sealed for them opens nowhere any more.

The case keeps its codes, states and dates; the access register and the tombstone stay.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import transaction

from agencies.models import Member
from audit import log
from cases import access, duplicates, policy, queries, timeline
from cases.models import (
    Assessment,
    Case,
    Consent,
    FormDraft,
    Hold,
    NameToken,
    Note,
    Override,
    Person,
    Record,
    SealedGroup,
)
from cases.workflow import Closure, State
from custody import journal
from custody.models import Tombstone
from kernel.errors import Refused
from notify import ladder, ledger
from notify.models import Clock

GONE = b""
# What the apps above keep of a person goes in the same transaction: see documents/apps.py.
of_other_apps: list[Callable[[Person, log.Actor, dt.datetime], object]] = []
# Rows that are nothing without their words.
ROWS = (
    (SealedGroup, "person"),
    (NameToken, "person"),
    (FormDraft, "case__person"),
)
# Rows that tell what happened, with their words overwritten. What the other apps have sealed for
# the person, some of it kept from any change by a trigger, has lost its key.
WORDS: tuple[
    tuple[
        type[Note | Record | Assessment | Override | Consent | Hold], dict[str, bytes | None]
    ],
    ...,
] = (
    (Note, {"text": GONE}),
    (Record, {"content": GONE}),
    (Assessment, {"content": GONE}),
    (Override, {"reason": GONE}),
    (Hold, {"reason": GONE}),
    (Consent, {"witness": None, "guardian": None}),
)
STILL_WORKED_ON = frozenset({State.OPEN, State.FOLLOW_UP})


@transaction.atomic
def destroy_person(
    *, code: str, because: str, approved_by: Member, by: Member, at: dt.datetime
) -> Tombstone:
    """Destroy the person's key for good: two people say so, an officer of data protection among
    them, and never while somebody works on a case of theirs.

    `because` is a code of the rule by which they are erased, no words about them.
    """
    policy.may_erase(by, approved_by).require()
    person = _held(Person.objects.get(code=code))
    require_erasable(person)
    stone = Tombstone.objects.create(
        person_uid=person.uid, person=person.code, cases=_cases(person), because=because,
        by=by.username, approved_by=approved_by.username, at=at,
    )  # fmt: skip
    _end(person, by=by, at=at, why=because)
    journal.note(
        journal.Kind.PERSON_ERASED, subject=person.code, at=at,
        facts={
            "uid": str(person.uid), "cases": stone.cases, "because": because,
            "by": stone.by, "approved_by": stone.approved_by,
        },
    )  # fmt: skip
    return stone


def require_erasable(person: Person) -> None:
    """Raise Refused with what stands in the way of erasing the person now: that it is done, a case
    that is worked on, a legal hold or a restriction."""
    if not person.ring_key:
        raise Refused("person_was_erased")
    if Case.objects.filter(person=person, state__in=STILL_WORKED_ON).exists():
        raise Refused("case_of_the_person_is_open")
    if Hold.objects.filter(case__person=person, ended_at__isnull=True).exists():
        raise Refused("person_is_held")


def erased_again(uids: Iterable[str]) -> list[Person]:
    """Those of the erased whom an older copy of the database has brought back."""
    return list(Person.objects.filter(uid__in=list(uids)).exclude(ring_key="").order_by("pk"))


@transaction.atomic
def replay(*, person: Person, stone: Tombstone, by: log.Machine, at: dt.datetime) -> None:
    """Erase again what a restored copy brought back; it was decided once and for all."""
    held = _held(person)
    if held.ring_key:
        Tombstone.objects.bulk_create([stone], ignore_conflicts=True)
        _end(held, by=by, at=at, why="restored")


def _held(person: Person) -> Person:
    """The cases first, as everywhere, then the person: no key is moved or used meanwhile."""
    queries.hold_cases(Case.objects.filter(person=person))
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def _end(person: Person, *, by: log.Actor, at: dt.datetime, why: str) -> None:
    for rows, path in ROWS:
        rows._default_manager.filter(**{path: person}).delete()
    for words, nothing in WORDS:
        words._default_manager.filter(case__person=person).update(**nothing)
    cases = list(Case.objects.filter(person=person).order_by("pk"))
    for case in cases:
        _put_away(case, at=at)
    for erase in of_other_apps:
        erase(person, by, at)
    # After them: who else is the same person is asked once more.
    duplicates.erase(person, at=at)
    person.ring_key, person.wrapped_key = "", GONE
    person.languages, person.access_needs, person.needs_interpreter = [], [], False
    person.version += 1
    person.save()
    for case in cases:
        timeline.record(case, "person.erased", by=by, at=at, about=person.code)
    log.record("person.key_destroyed", by=by, about=person.code, facts={"why": why})


def _put_away(case: Case, *, at: dt.datetime) -> None:
    """A draft of nobody is nobody's work any more; nor is what was still to be done for them."""
    if case.state == State.DRAFT:
        case.state, case.closure, case.closed_at = State.CLOSED, Closure.OTHER, at
        case.version += 1
        case.save(update_fields=["state", "closure", "closed_at", "version"])
    ladder.stop_case(case=case.code, keep={Clock.Purpose.RECALL}, at=at)
    access.copy_due(case, None)
    ledger.end_tasks(case=case.code, at=at)


def _cases(person: Person) -> list[str]:
    return list(
        Case.objects.filter(person=person).order_by("pk").values_list("code", flat=True)
    )
