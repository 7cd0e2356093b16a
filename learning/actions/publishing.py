"""Once a month, how much was gained: whole steps of learners, and nobody's own number."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from statistics import median

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction

from agencies.models import Agency
from audit import log
from learning import queries
from learning.models import Cohort, Sitting
from learning.queries import Pair, gain_between

LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('learning cohorts'))"
# Of these many learners, or twice, three times as many, a number may be told.
STEP = 11
# A number beyond these would say something of each of them.
LOWEST, HIGHEST = Decimal("-0.9"), Decimal("0.9")
FEWEST, MOST = 10, 90
CHANCE = random.SystemRandom()


@transaction.atomic
def publish(*, by: log.Actor, at: dt.datetime, chance: random.Random = CHANCE) -> list[Cohort]:
    """The month that is over, for every agency and topic; what is counted once is never counted
    again. Twice in a month finds nothing to do: fewer than a step wait after the first time."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        if cursor.fetchone() != (True,):
            return []
    month = at.astimezone(dt.UTC).date().replace(day=1) - relativedelta(months=1)
    until = dt.datetime.combine(month + relativedelta(months=1), dt.time(), tzinfo=dt.UTC)
    waiting = queries.waiting(until)
    agencies = queries.agencies_of(agency for agency, _ in waiting)
    made = []
    for (agency, topic), pairs in sorted(waiting.items()):
        if whole := len(pairs) // STEP * STEP:
            # Who of them waits for the next month is not for the clock to say.
            chosen = chance.sample(pairs, whole)
            made.append(_closed(agencies[agency], topic, month, chosen, by=by, at=at))
    return made


def _closed(
    agency: Agency, topic: str, month: dt.date, pairs: list[Pair], *, by: log.Actor,
    at: dt.datetime,
) -> Cohort:  # fmt: skip
    gains = [each.gain for each in pairs]
    cohort = Cohort.objects.create(
        agency=agency, topic=topic, month=month, learners=len(pairs), made_at=at,
        median_gain=_shown(median(gains)), class_gain=_shown(_together(pairs)),
        improved=_share(sum(gained > 0 for gained in gains), len(gains)),
    )  # fmt: skip
    Sitting.objects.filter(pk__in=[each.after_pk for each in pairs]).update(cohort=cohort)
    log.record("learning.published", by=by, about=cohort.code)
    return cohort


def _together(pairs: list[Pair]) -> Fraction:
    """The gain of the means (Hake 1998), and no mean of gains: one who knew nearly all and forgot some
    has a gain far below zero, and would stand for ten who learned."""
    number = len(pairs)
    before = sum((each.before for each in pairs), Fraction(0)) / number
    after = sum((each.after for each in pairs), Fraction(0)) / number
    return gain_between(before, after)


def _shown(number: Fraction) -> Decimal:
    """A gain in tenths, and never one that says of everybody that they gained all or nothing."""
    tenths = Decimal(round(number * 10)) / 10
    return min(max(tenths, LOWEST), HIGHEST)


def _share(some: int, of: int) -> int:
    """Per cent in tens, and never all or none."""
    return min(max(round(Fraction(some, of) * 10) * 10, FEWEST), MOST)
