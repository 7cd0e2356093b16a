"""What a case came with that has no other home here, sealed under the person's key."""

import datetime as dt
import json
from typing import Any

from agencies.models import Member
from cases import vault
from cases.models import Case
from exchange.models import Origin


def write(
    case: Case,
    said: dict[str, Any],
    *,
    reference: str,
    token: bytes | None,
    from_: str,
    at: dt.datetime,
) -> None:
    """Keep it as it came with the import of that code; the reference by which the agency knows the
    case is in it, and its token beside it."""
    row = Origin(case=case, agency=case.owner, reference=token, brought_by=from_, brought_at=at)
    text = json.dumps({**said, "reference": reference}, ensure_ascii=False, sort_keys=True)
    row.content = vault.seal_text(case.person, text, place=row.place)
    row.save(force_insert=True)


def read(case: Case, *, by: Member, why: str) -> dict[str, Any]:
    """What the case came with; empty where it was begun here, came to another agency than the
    member's, or its person is erased. Logged."""
    row = Origin.objects.filter(case=case, agency=by.agency_id).first()
    if row is None or row.content is None:
        return {}
    # Of the case at hand, so that nothing is looked up again.
    row.case = case
    texts = vault.open_texts(
        case.person, {row.place: row.content}, by=by, case=case.code, what="origin", why=why
    )
    found: dict[str, Any] = json.loads(texts[row.place])
    return found
