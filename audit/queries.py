"""Reading the log, for those whose task it is."""

import datetime as dt

from django.db.models import QuerySet

from audit.models import AuditEvent


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


def count(event: str, *, since: dt.datetime) -> int:
    """How often this has happened since then."""
    return AuditEvent.objects.filter(event=event, happened_at__gt=since).count()
