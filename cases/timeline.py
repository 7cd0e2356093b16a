"""What happened in a case: one line for the people who work on it, one event for the log."""

import datetime as dt
from collections.abc import Mapping

from audit import log
from cases.models import Case, TimelineEntry


def record(
    case: Case,
    event: str,
    *,
    by: log.Actor,
    at: dt.datetime,
    about: str = "",
    facts: Mapping[str, log.Fact] | None = None,
) -> None:
    """Write both, in the transaction that makes it true. `facts` holds codes only."""
    TimelineEntry.objects.create(
        case=case,
        happened_at=at,
        event=event,
        actor=by.username,
        agency=by.agency_code,
        about=about,
        facts=dict(facts or {}),
    )
    log.record(event, by=by, about=about or case.code, case=case.code, facts=facts)
