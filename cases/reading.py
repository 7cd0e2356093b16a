"""What is sealed beside the data groups: records, names on a consent, reasons; logged first."""

import json
from collections.abc import Iterable
from typing import Any

from audit import log
from cases import duty, records, vault
from cases.models import Case, Consent, Exclusion, FormDraft, Hold, Note, Override, Record
from cases.workflow import RecordKind
from kernel.errors import Denied
from kernel.groups import DataGroup


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


def texts_of(notes: Iterable[Note], *, case: Case, by: log.Actor) -> dict[str, str]:
    """What these notes of the case say, by code."""
    texts = {note.code: bytes(note.text) for note in notes}
    return vault.open_texts(case.person, texts, by=by, case=case.code, what="notes")


def names_on(consent: Consent, *, by: log.Actor) -> dict[str, str]:
    """Who heard a spoken consent ("witness") and who gave it for a child ("guardian"), as far as
    that was written down."""
    sealed = {"witness": consent.witness, "guardian": consent.guardian}
    texts = vault.open_texts(
        consent.case.person,
        {f"{consent.code} {part}": text for part, text in sealed.items()},
        by=by,
        case=consent.case.code,
        what="consent",
        inside=[DataGroup.FAMILY],
    )
    return {place.removeprefix(f"{consent.code} "): text for place, text in texts.items()}


def reason_of(override: Override, *, by: log.Actor) -> str:
    """Why somebody asked to share without consent."""
    texts = vault.open_texts(
        override.case.person,
        {override.code: bytes(override.reason)},
        by=by,
        case=override.case.code,
        what="override",
    )
    return texts[override.code]


def typed_in(draft: FormDraft, *, by: log.Actor) -> dict[str, list[str]]:
    """What was typed into a section and not saved, by the names of its fields."""
    # What is begun anew is one's own; where the group is held, its form had shown what it says.
    kept = duty.closed([draft.group], by=by, case=draft.case.code)
    if any(vault.version_of(draft.case.person, group) for group in kept):
        raise Denied(duty.CODE)
    texts = vault.open_texts(
        draft.case.person,
        {draft.place: bytes(draft.content)},
        by=by,
        case=draft.case.code,
        what="draft",
        groups=[draft.group] if draft.group else [],
        # Asked above.
        unseen=True,
    )
    typed: dict[str, list[str]] = json.loads(texts[draft.place])
    return typed


def reasons_apart(
    case: Case, exclusions: Iterable[Exclusion], *, by: log.Actor
) -> dict[str, str]:
    """Why these are kept apart from the case, by code, as far as it was written down."""
    sealed = {each.code: each.reason for each in exclusions}
    return vault.open_texts(case.person, sealed, by=by, case=case.code, what="exclusion")


def reasons_held(case: Case, holds: Iterable[Hold], *, by: log.Actor) -> dict[str, str]:
    """Why these hold the case, by code; nothing once the person was erased."""
    sealed = {each.code: each.reason for each in holds if each.reason}
    return vault.open_texts(case.person, sealed, by=by, case=case.code, what="hold")
