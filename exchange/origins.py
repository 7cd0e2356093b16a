"""What a case came with that has no other home here, sealed under the person's key."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agencies.models import Member
from cases import vault
from cases.models import Case
from exchange.models import Origin
from kernel.groups import DataGroup


@dataclass(frozen=True, slots=True)
class Came:
    """What a new case came with; the reference by which whoever brought it knows it, or nothing, and
    the token of it."""

    case: Case
    said: dict[str, Any]
    reference: str = ""
    token: bytes | None = None


def write(some: Iterable[Came], *, from_: str, at: dt.datetime) -> None:
    """Keep it as it came with the import of that code; one statement for all."""
    # In one order, so that of two files with the same references neither waits for the other's rest.
    in_order = sorted(some, key=lambda came: came.token or b"")
    Origin.objects.bulk_create(_row(came, from_, at) for came in in_order)


def _row(came: Came, from_: str, at: dt.datetime) -> Origin:
    case = came.case
    row = Origin(
        case=case, agency=case.owner, reference=came.token, brought_by=from_, brought_at=at
    )
    said = {**came.said, "reference": came.reference}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    row.content = vault.seal_text(case.person, text, place=row.place)
    return row


def read(case: Case, *, by: Member, why: str) -> dict[str, Any]:
    """What the case came with; empty where it was begun here, came to another agency than the
    member's, or its person is erased. Logged."""
    row = Origin.objects.filter(case=case, agency=by.agency_id).first()
    if row is None or row.content is None:
        return {}
    # Of the case at hand, so that nothing is looked up again.
    row.case = case
    # Whatever stood in the file beside what the standard knows may name somebody.
    texts = vault.open_texts(
        case.person,
        {row.place: row.content},
        by=by,
        case=case.code,
        what="origin",
        inside=[DataGroup.IDENTITY],
        why=why,
    )
    found: dict[str, Any] = json.loads(texts[row.place])
    return found
