"""The access table is worked out anew, a part of the cases at a time and all of them in a day."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Member
from cases.models import CaseAccess
from config.celery import app
from demo import builders as make
from referral import queries, tasks

MIDNIGHT = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
PARTS = tasks.DAY // tasks.CHECK_EVERY


def test_every_case_is_in_one_part_of_the_day(sender: Member) -> None:
    numbers = [make.make_case(by=sender).pk for _ in range(7)]

    parts = [queries.case_numbers(part=part, of=PARTS) for part in range(PARTS)]

    assert sorted(number for part in parts for number in part) == queries.case_numbers()
    assert set(numbers) <= set(queries.case_numbers())


def test_within_a_day_each_difference_is_told_once(sender: Member, caplog: Any) -> None:
    cases = [make.make_case(by=sender) for _ in range(3)]
    CaseAccess.objects.filter(content_object=cases[1]).delete()

    for part in range(PARTS):
        with time_machine.travel(
            MIDNIGHT + dt.timedelta(seconds=part * tasks.CHECK_EVERY), tick=False
        ):
            tasks.check_access()

    said = [record.getMessage() for record in caplog.records if "differ" in record.getMessage()]
    assert said == [f"The access rows of {cases[1].code} differ from the rule"]


def test_the_timetable_keeps_to_the_parts() -> None:
    told = app.conf.beat_schedule["check access"]
    assert (told["task"], told["schedule"]) == ("referral.check_access", tasks.CHECK_EVERY)


@pytest.mark.django_db
def test_where_there_is_no_case_nothing_is_checked() -> None:
    assert queries.case_numbers() == []
    assert timezone.is_aware(MIDNIGHT)
    tasks.check_access()
