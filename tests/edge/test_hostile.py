"""A few hundred of the hostile requests that tests/edge/hostile.py sends by the thousand."""

from typing import Any

import pytest

from tests.edge.attack import attack


@pytest.mark.django_db
def test_a_few_hundred_hostile_requests_are_no_fault_of_ours(settings: Any) -> None:
    statuses, faults = attack(360, seed=1)
    assert faults == []
    assert statuses.total() == 360
    # They get as far as they should: some are refused at the door, some by rules, some do work.
    assert {400, 401, 404} <= set(statuses)
