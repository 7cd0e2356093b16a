"""A hundred thousand decisions, each taken three ways: `./safehand test tests/wall/oracle.py`.

Takes minutes and is no test of the suite, which runs a small part of it. Its figures are written to
the file that SAFEHAND_FIGURES names, for docs/security.md.
"""

import random

import pytest
from django.db import transaction

from tests.figures import keep
from tests.wall.worlds import Count, Made

WANTED, SEED = 100_000, 1


@pytest.mark.django_db
def test_a_hundred_thousand_decisions() -> None:
    count, worlds = Count(), 0
    while count.decisions < WANTED:
        with transaction.atomic():
            world = Made(random.Random(SEED + worlds))
            world.fill(agencies=5, cases=40)
            count.compare(world)
            transaction.set_rollback(True)
        worlds += 1
    keep(
        "oracle",
        decisions=count.decisions,
        worlds=worlds,
        disagreements=len(count.disagreements),
    )
    assert count.disagreements == []
