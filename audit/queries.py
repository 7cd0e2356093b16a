"""Reading the log, for those whose task it is."""

import base64
from typing import Any

from django.db.models import QuerySet

from audit import keys, ledger
from audit.models import AuditEvent
from kernel import merkle


def events(*, case: str = "", actor: str = "") -> QuerySet[AuditEvent]:
    """The events of one case, of one actor, or all."""
    found = AuditEvent.objects.all()
    if case:
        found = found.filter(case=case)
    return found.filter(actor=actor) if actor else found


def event_out(event: AuditEvent) -> dict[str, object]:
    return {
        "at": event.happened_at,
        "event": event.event,
        "by": event.actor,
        "role": event.role,
        "agency": event.agency,
        "about": event.about,
        "case": event.case,
        "groups": event.groups,
        "facts": event.facts,
        "request_id": event.request_id,
    }


def checkpoint_since(since: int) -> dict[str, Any] | None:
    """The newest checkpoint, and the proof that the log of the earlier size is its beginning."""
    newest = ledger.newest()
    if newest is None:
        return None
    proof = ledger.hashes_of(merkle.consistency(since, newest.seq))
    key = keys.public_key()
    return {
        "size": newest.seq,
        "checkpoint": newest.checkpoint,
        "proof": [base64.b64encode(each).decode() for each in proof],
        # Only told where it lies here; a witness that knows it already does not ask.
        "key": str(key) if key else "",
    }
