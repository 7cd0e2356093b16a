"""How an agency's referrals fare on their way from sent to confirmed, for its own supervisors."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from agencies.models import Agency

STEPS = ("sent", "seen", "answered", "met", "completed", "confirmed")

_COUNTED = "SELECT * FROM wall.referrals_counted(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts by step, in the order of STEPS; the median time to an answer; the share that was late.

    `None` stands for "nothing to say it of".
    """

    counts: dict[str, int]
    median_answer: dt.timedelta | None
    late_share: float | None


def of_agency(agency: Agency, *, since: dt.datetime, until: dt.datetime) -> Funnel:
    """What one agency sent in this time, exactly: its supervisors see each of these referrals."""
    counts, median, late = _counted(since, until, agency.pk)
    sent = counts[0]
    return Funnel(
        counts=dict(zip(STEPS, counts, strict=True)),
        median_answer=median,
        late_share=late / sent if sent else None,
    )


def _counted(
    since: dt.datetime, until: dt.datetime, agency: int
) -> tuple[list[int], dt.timedelta | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [since, until, agency])
        *counts, median, late = cursor.fetchone()
    return counts, None if median is None else dt.timedelta(seconds=float(median)), late
