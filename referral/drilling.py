"""On a throw-away copy: what may happen between a backup and the day it is needed."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from audit import log
from cases import erasure
from cases.models import Consent, Person
from cases.workflow import ConsentState, ConsentVerb
from custody import journal
from custody.models import Tombstone
from referral.actions import recalling

DRILL = log.Machine("drill")
SOME = 20


def withdraw_and_erase(*, at: dt.datetime) -> dict[str, int]:
    """Withdraw some consents and erase one person, as the journals must remember it."""
    live = Consent.objects.filter(state=ConsentState.ACTIVE).order_by("pk")
    codes = list(live.values_list("code", flat=True)[:SOME])
    for code in codes:
        recalling.end_consent_again(code=code, verb=ConsentVerb.WITHDRAW, by=DRILL, at=at)
    person = Person.objects.exclude(ring_key="").order_by("pk").first()
    if person is not None:
        _erase(person, at=at)
    return {"consents_withdrawn": len(codes), "persons_erased": int(person is not None)}


def live_again(entries: Iterable[dict[str, Any]]) -> int:
    """How many consents are active although a journal says that they ended."""
    ended = {e["subject"] for e in entries if e["kind"] == journal.Kind.CONSENT_ENDED}
    return Consent.objects.filter(code__in=ended, state=ConsentState.ACTIVE).count()


@transaction.atomic
def _erase(person: Person, *, at: dt.datetime) -> None:
    facts: dict[str, Any] = {
        "uid": str(person.uid), "cases": [], "because": "drill", "by": "drill",
        "approved_by": "drill",
    }  # fmt: skip
    stone = Tombstone(
        person_uid=uuid.UUID(facts["uid"]), person=person.code, because="drill", by="drill",
        approved_by="drill", at=at,
    )  # fmt: skip
    erasure.replay(person=person, stone=stone, by=DRILL, at=at)
    journal.note(journal.Kind.PERSON_ERASED, subject=person.code, at=at, facts=facts)
