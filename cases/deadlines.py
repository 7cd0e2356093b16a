"""The clocks of a case's own work, on the engine of notify.ladder."""

import datetime as dt
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from agencies import jurisdiction
from agencies.calendar import calendar_of, day_of
from cases import access
from cases.models import Case
from kernel.clock import Span
from kernel.errors import Invalid
from notify import ladder
from notify.models import Clock

Purpose = Clock.Purpose


def start(
    case: Case, purpose: Clock.Purpose, span: Span, *, subject: str = "", at: dt.datetime
) -> Clock:
    """Something that the owner of the case must do within a span. A running one begins anew."""
    ladder.stop(subject=subject or case.code, purpose=purpose, at=at)
    clock = ladder.start(
        subject=subject or case.code,
        purpose=purpose,
        span=span,
        calendar=calendar_of(case.owner),
        sender=case.owner,
        receiver=case.owner,
        assignee=case.worker,
        emergency=False,
        case=case.code,
        steps=ladder.OWN_WORK,
        at=at,
    )
    copy_due(case)
    return clock


def start_on(
    case: Case, purpose: Clock.Purpose, day: dt.date, *, subject: str = "", at: dt.datetime
) -> Clock:
    """Something that the owner must do by the end of a day, where the owner is."""
    ladder.stop(subject=subject or case.code, purpose=purpose, at=at)
    clock = ladder.start_until(
        subject=subject or case.code,
        purpose=purpose,
        due_at=end_of_day(case, day),
        reminders=ladder.ON_A_DAY,
        sender=case.owner,
        receiver=case.owner,
        assignee=case.worker,
        case=case.code,
        at=at,
    )
    copy_due(case)
    return clock


def stop(
    case: Case, purpose: Clock.Purpose | None = None, *, subject: str = "", at: dt.datetime
) -> None:
    """End a clock of the case: done, or not to be done any more."""
    ladder.stop(subject=subject or case.code, purpose=purpose, at=at)
    copy_due(case)


def copy_due(case: Case) -> None:
    """Lists are ordered by the nearest deadline of the case."""
    access.copy_due(case, ladder.next_due(case.code))


def end_of_day(case: Case, day: dt.date) -> dt.datetime:
    """The last moment of the day where the owner is, in UTC."""
    zone = ZoneInfo(case.owner.time_zone)
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    return midnight.astimezone(dt.UTC)


def today(case: Case, at: dt.datetime) -> dt.date:
    """Which day it is where the owner is."""
    return day_of(case.owner, at)


def require_later(
    case: Case, day: dt.date, pointer: str, *, longest: dt.timedelta, at: dt.datetime
) -> None:
    """Raise Invalid where the day is not after today, or further ahead than `longest`."""
    now = today(case, at)
    if day <= now:
        raise Invalid("date_in_the_past", pointer=pointer)
    if day > now + longest:
        raise Invalid("too_far_ahead", pointer=pointer)


def usual_follow_ups(case: Case, at: dt.datetime) -> list[dt.date]:
    """The days on which the jurisdiction has people asked after."""
    months = jurisdiction.current().reintegration.follow_up_months
    return [months_later(today(case, at), n) for n in months]


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of the month where there is no such day."""
    later: dt.date = day + relativedelta(months=months)
    return later
