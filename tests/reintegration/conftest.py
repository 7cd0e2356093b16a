"""A day on which a month has an end that others lack, and a case with a plan on it."""

from collections.abc import Iterator

import pytest
import time_machine

from agencies.models import Member
from cases.models import Case
from demo import builders as make
from reintegration.models import Plan
from tests.reintegration.acts import AT


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


@pytest.fixture
def plan(case: Case, sender: Member) -> Plan:
    """In the making, with one goal."""
    return make.make_plan(case=case, by=sender)


@pytest.fixture
def active(case: Case, sender: Member) -> Plan:
    """Agreed to on the day."""
    return make.make_active_plan(case=case, by=sender)
