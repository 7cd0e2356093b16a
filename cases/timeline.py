"""What happened in a case: one line for the people who work on it, one event for the log."""

import datetime as dt
from collections.abc import Mapping, Sequence

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
    record_each([(case, facts or {})], event, by=by, at=at, about=about)


def record_each(
    of_each: Sequence[tuple[Case, Mapping[str, log.Fact]]],
    event: str,
    *,
    by: log.Actor,
    at: dt.datetime,
    about: str = "",
) -> None:
    """The same in several cases at once."""
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            case=case, happened_at=at, event=event, actor=by.username, agency=by.agency_code,
            about=about, facts=dict(facts),
        )
        for case, facts in of_each
    )  # fmt: skip
    log.record_each(
        log.said_of(event, by=by, about=about or case.code, case=case.code, facts=facts)
        for case, facts in of_each
    )
