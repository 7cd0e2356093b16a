"""How referrals fare on their way from sent to confirmed, in counts that point at nobody."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from agencies.models import Agency

# Statistics never show, or let anybody subtract to, a count of 1 to 10: shown counts are nothing,
# "1 to 10", or a multiple of a step that is wider than that.
SMALL = 10
STEP = 20
STEPS = ("sent", "seen", "answered", "met", "completed", "confirmed")

_COUNTED = "SELECT * FROM wall.referrals_counted(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts by step, in the order of STEPS; the median time to an answer; the share that was late.

    `None` stands for 1 to 10 among the counts, and for "too few to say" elsewhere.
    """

    counts: dict[str, int | None]
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


def of_the_land(*, since: dt.datetime, until: dt.datetime) -> Funnel:
    """What all agencies sent in this time, with small counts suppressed and the others rounded."""
    counts, median, late = _counted(since, until, None)
    sent, answered = counts[0], counts[STEPS.index("answered")]
    return Funnel(
        counts={name: veiled(count) for name, count in zip(STEPS, counts, strict=True)},
        median_answer=median if answered > SMALL else None,
        # To the next twentieth, so that it tells no count either.
        late_share=round(late / sent * STEP) / STEP if sent > SMALL else None,
    )


def veiled(count: int) -> int | None:
    """The count as it may be shown: 0, None for 1 to 10, or the nearest multiple of 20."""
    if count == 0:
        return 0
    if count <= SMALL:
        return None
    return max(STEP, round(count / STEP) * STEP)


def _counted(
    since: dt.datetime, until: dt.datetime, agency: int | None
) -> tuple[list[int], dt.timedelta | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [since, until, agency])
        *counts, median, late = cursor.fetchone()
    return counts, None if median is None else dt.timedelta(seconds=float(median)), late
