"""Months, and when one is over for good."""

import datetime as dt
import re

from dateutil.relativedelta import relativedelta

from kernel.errors import Invalid

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
QUARTER = re.compile(r"(20\d\d)-Q([1-4])")
# What is written down late still finds its month.
WAIT = dt.timedelta(days=7)


def month_of(text: str) -> dt.date:
    """The first day of the month `2026-10`. Raises Invalid."""
    if not (found := MONTH.fullmatch(text)):
        raise Invalid("not_a_month", pointer="/month")
    return dt.date(int(found[1]), int(found[2]), 1)


def end_of(month: dt.date) -> dt.datetime:
    """The first moment after it."""
    after = month + relativedelta(months=1)
    return dt.datetime(after.year, after.month, 1, tzinfo=dt.UTC)


def is_over(month: dt.date, at: dt.datetime) -> bool:
    return at >= end_of(month) + WAIT


def newest_over(at: dt.datetime) -> dt.date:
    """The last month that is over for good."""
    month = at.astimezone(dt.UTC).date().replace(day=1) - relativedelta(months=1)
    return month if is_over(month, at) else month - relativedelta(months=1)


def months_of(period: str) -> list[dt.date]:
    """The months of `2026-10` or of the quarter `2026-Q3`; none if it is neither."""
    if MONTH.fullmatch(period):
        return [month_of(period)]
    if not (found := QUARTER.fullmatch(period)):
        return []
    first = dt.date(int(found[1]), 3 * int(found[2]) - 2, 1)
    return [first + relativedelta(months=n) for n in range(3)]
