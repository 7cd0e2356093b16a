"""After an older copy of the database came back: what it must not undo is done again."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agencies.models import REAL, Agency, Member, Token
from audit import log
from cases import erasure
from cases.apart import Whom
from cases.models import Consent, Exclusion, Override
from cases.workflow import ConsentState, ConsentVerb, OverrideState
from custody.journal import Kind
from custody.models import Tombstone
from edge.models import BrowserSession
from notify import ledger
from notify.models import Delivery
from notify.notices import Kind as Notice
from referral import queries
from referral.actions import recalling

RESTORE = log.Machine("restore")
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How much was done again, of each kind."""

    erased: int
    consents: int
    overrides: int
    apart: int


def replay(entries: Iterable[Entry], *, by: log.Machine, at: dt.datetime) -> Replayed:
    """Do again whatever the journals say and the database does not know any more.

    Nothing here is undone by doing it twice, so that each start of the service may do it.
    """
    of_kind: dict[str, list[Entry]] = {kind: [] for kind in Kind}
    for entry in entries:
        of_kind[entry["kind"]].append(entry)
    return Replayed(
        erased=_erase(of_kind[Kind.PERSON_ERASED], by=by, at=at),
        consents=_end_consents(of_kind[Kind.CONSENT_ENDED], by=by, at=at),
        overrides=_end_overrides(of_kind[Kind.OVERRIDE_ENDED], by=by, at=at),
        apart=_keep_apart(of_kind[Kind.KEPT_APART] + of_kind[Kind.LET_NEAR], by=by, at=at),
    )


@transaction.atomic
def close_doors(*, by: log.Machine) -> dict[str, int]:
    """Nobody is signed in after a restore, no token of the API is good, and no mail that may
    have gone out before is sent again; the bell still rings for each."""
    sessions, _ = BrowserSession.objects.all().delete()
    tokens, _ = Token.objects.all().delete()
    mails = Delivery.objects.filter(state=Delivery.State.PENDING).update(
        state=Delivery.State.CANCELLED, last_error="held after a restore"
    )
    facts = {"sessions": sessions, "tokens": tokens, "mails": mails}
    log.record("service.restored", by=by, facts=facts)
    return facts


def differing_access(*, by: log.Machine, at: dt.datetime) -> list[str]:
    """The cases whose access rows are not what the rule says, worked out from scratch."""
    found = []
    for number in queries.case_numbers():
        with transaction.atomic():
            if code := queries.differing(number, at=at):
                log.record("access.differs", by=by, about=code, case=code)
                ledger.leave_to_administrators(
                    Notice.ACCESS_DIFFERS, subject=code, at=at, space=REAL
                )
                found.append(code)
    return found


def _erase(entries: list[Entry], *, by: log.Machine, at: dt.datetime) -> int:
    stones = {entry["facts"]["uid"]: _stone(entry) for entry in entries}
    back = erasure.erased_again(stones)
    for person in back:
        erasure.replay(person=person, stone=stones[str(person.uid)], by=by, at=at)
    return len(back)


def _stone(entry: Entry) -> Tombstone:
    facts = entry["facts"]
    return Tombstone(
        person_uid=facts["uid"], person=entry["subject"], cases=facts["cases"],
        because=facts["because"], by=facts["by"], approved_by=facts["approved_by"],
        at=dt.datetime.fromisoformat(entry["at"]),
    )  # fmt: skip


def _end_consents(entries: list[Entry], *, by: log.Machine, at: dt.datetime) -> int:
    verbs = {entry["subject"]: ConsentVerb(entry["facts"]["verb"]) for entry in entries}
    live = Consent.objects.filter(code__in=verbs, state=ConsentState.ACTIVE).order_by("pk")
    codes = list(live.values_list("code", flat=True))
    for code in codes:
        recalling.end_consent_again(code=code, verb=verbs[code], by=by, at=at)
    return len(codes)


def _end_overrides(entries: list[Entry], *, by: log.Machine, at: dt.datetime) -> int:
    ended = [entry["subject"] for entry in entries]
    live = Override.objects.filter(code__in=ended, state=OverrideState.APPROVED).order_by("pk")
    codes = list(live.values_list("code", flat=True))
    for code in codes:
        recalling.end_override_again(code=code, by=by, at=at)
    return len(codes)


def _keep_apart(entries: list[Entry], *, by: log.Machine, at: dt.datetime) -> int:
    """The last word counts for each case and each that was named: kept apart, or let near again."""
    last = {
        (entry["subject"], *next(iter(entry["facts"].items()))): entry["kind"]
        for entry in sorted(entries, key=lambda entry: str(entry["at"]))
    }
    apart = {whom for whom, kind in last.items() if kind == Kind.KEPT_APART}
    done = 0
    for code, kind, name in sorted(apart - _apart_now()):
        found = FOUND[kind](name)
        if found and queries.knows_case(code):
            recalling.exclude_again(code=code, whom=Whom(**{kind: found}), by=by, at=at)
            done += 1
    return done


def _apart_now() -> set[tuple[str, str, str]]:
    rows = Exclusion.objects.filter(ended_at__isnull=True).values_list(
        "case__code", "agency__code", "member__username", "district"
    )
    return {
        (code, kind, name)
        for code, *names in rows
        for kind, name in zip(FOUND, names, strict=True)
        if name
    }


# Whom the journal names, in the order of its columns.
FOUND: dict[str, Callable[[str], Any]] = {
    "agency": lambda code: Agency.objects.filter(code=code).first(),
    "member": lambda name: Member.objects.filter(username=name).first(),
    "district": lambda code: code,
}
