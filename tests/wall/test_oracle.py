"""The rule, the policy and the row policies give the same answer; the long run is oracle.py."""

import random

import pytest

from cases import policy
from cases.models import Case
from tests.wall.worlds import Count, Made

SEED = 20261125


@pytest.mark.django_db
def test_the_rule_the_policy_and_the_wall_agree() -> None:
    world, count = Made(random.Random(SEED)), Count()
    world.fill(agencies=3, cases=16)
    count.compare(world)
    assert count.disagreements == []
    assert count.decisions == len(world.members) * 16 * 12


@pytest.mark.django_db
def test_a_policy_that_lets_everybody_in_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail, and names the cell in which it does."""
    world, count = Made(random.Random(SEED)), Count()
    world.fill(agencies=2, cases=4)
    monkeypatch.setattr(policy, "visible_to", lambda actor, **_: Case.objects.all())
    count.compare(world)
    assert count.disagreements
    assert all("case: (False, True, False)" in each for each in count.disagreements)
