"""An agency's working days: public holidays of its country, its weekend, its own closed days."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from agencies import jurisdiction
from agencies.models import Agency
from kernel.clock import Calendar


@lru_cache(maxsize=64)
def _country(code: str) -> holidays.HolidayBase:
    return holidays.country_holidays(code)


def calendar_of(agency: Agency) -> Calendar:
    """Public holidays and moved working days by the library `holidays`, what the jurisdiction's
    file adds to them, and the agency's own closed days."""
    public = _country(agency.holiday_country)
    closed_weekdays = frozenset(agency.closed_weekdays)
    law = jurisdiction.current().calendar
    closed_days = law.closed_days | frozenset(agency.closed_days)

    def is_working_day(day: dt.date) -> bool:
        if day in closed_days:
            return False
        if day in law.working_days:
            return True
        return day.weekday() not in closed_weekdays and public.is_working_day(day)

    return Calendar(zone=ZoneInfo(agency.time_zone), is_working_day=is_working_day)


def day_of(agency: Agency, at: dt.datetime) -> dt.date:
    """Which day it is where the agency is."""
    return at.astimezone(ZoneInfo(agency.time_zone)).date()
