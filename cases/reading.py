"""What a data group holds besides its own fields, opened for a receipt; logged before it is."""

import json
from typing import Any

from audit import log
from cases import records, vault
from cases.models import Case, Record
from cases.workflow import RecordKind


def records_of(
    case: Case, kind: RecordKind, *, by: log.Actor, why: str
) -> list[dict[str, Any]]:
    """The records of this kind that were not taken back, oldest first, by their HTCDS names."""
    live = Record.objects.filter(case=case, kind=kind, retracted_at__isnull=True)
    rows = list(live.order_by("pk"))
    group = records.GROUP[kind]
    if not rows:
        return []
    texts = vault.open_texts(
        case.person,
        {row.code: bytes(row.content) for row in rows},
        by=by,
        case=case.code,
        what="records",
        groups=[] if group is None else [group],
        why=why,
    )
    return [{"code": row.code, **json.loads(texts[row.code])} for row in rows]
