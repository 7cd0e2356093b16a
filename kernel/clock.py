"""Deadlines: how long a span lasts on round-the-clock or on working time."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
# A calendar without a working day in a year is a fault of its settings, not a reason to loop.
MOST_DAYS = 366


class Runs(StrEnum):
    """Which time counts against a span."""

    ROUND_THE_CLOCK = "round_the_clock"
    WORKING_DAYS = "working_days"
    ENDS_ON_WORKING_DAY = "ends_on_working_day"


@dataclass(frozen=True, slots=True)
class Calendar:
    """An agency's working days, in its own time zone."""

    zone: ZoneInfo
    is_working_day: Callable[[dt.date], bool]


@dataclass(frozen=True, slots=True)
class Span:
    hours: float
    runs: Runs

    def times(self, factor: float) -> "Span":
        return Span(self.hours * factor, self.runs)


def end_of(span: Span, *, start: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The instant (aware, UTC) at which a span that begins at `start` is over.

    Round the clock: plain hours. Working days: a working day counts whole, from midnight to
    midnight where the agency is; other days do not count at all. Ends on a working day: plain
    hours, moved to the same time of the next working day where they end on another.
    """
    if span.runs is Runs.ROUND_THE_CLOCK:
        return start + dt.timedelta(hours=span.hours)
    if span.runs is Runs.ENDS_ON_WORKING_DAY:
        end = start + dt.timedelta(hours=span.hours)
        return _next_working_instant(end, calendar)
    return _walk(dt.timedelta(hours=span.hours), start=start, calendar=calendar)


def _walk(left: dt.timedelta, *, start: dt.datetime, calendar: Calendar) -> dt.datetime:
    now = start
    for _ in range(MOST_DAYS):
        midnight = _next_midnight(now, calendar.zone)
        if calendar.is_working_day(now.astimezone(calendar.zone).date()):
            if now + left <= midnight:
                return now + left
            left -= midnight - now
        now = midnight
    raise ValueError("The working calendar has too few working days for this deadline.")


def _next_working_instant(moment: dt.datetime, calendar: Calendar) -> dt.datetime:
    for _ in range(MOST_DAYS):
        if calendar.is_working_day(moment.astimezone(calendar.zone).date()):
            return moment
        moment += DAY
    raise ValueError("The working calendar has no working day.")


def _next_midnight(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    tomorrow = moment.astimezone(zone).date() + DAY
    return dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone).astimezone(dt.UTC)
