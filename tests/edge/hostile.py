"""Twenty thousand hostile requests: `./safehand figures hostile`. HOSTILE_INPUTS says how many else."""

import os
from typing import Any

import pytest

from tests.edge.attack import attack
from tests.figures import keep

WANTED, SEED = int(os.environ.get("HOSTILE_INPUTS", "20000")), 7


@pytest.mark.django_db
def test_no_input_is_a_fault_of_ours(settings: Any) -> None:
    statuses, faults = attack(WANTED, seed=SEED)
    keep("hostile", inputs=statuses.total(), seed=SEED, faults_of_ours=len(faults))
    assert [(fault["why"], fault) for fault in faults[:5]] == []
