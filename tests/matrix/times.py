"""How long an answer to another's code takes beside one to nobody's: `./safehand figures times`.

CPU of this process, web and test alike; the two in turns, so that what the machine does besides falls on
both. Whoever measures from outside sees less: PostgreSQL does the same work for both
(test_nothing_to_see.py counts it).
"""

import os
import statistics
import time
from typing import Any

import pytest

from tests.figures import keep
from tests.matrix.test_matrix import ask, client_of, code_for
from tests.matrix.test_nothing_to_see import NOBODYS

ROUNDS = int(os.environ.get("TIMES_ROUNDS", "1500"))
ROUTES = (
    ("cases/<str:code>/", "GET"),
    ("referrals/<str:code>/", "GET"),
    ("consents/<str:code>/withdraw/", "POST"),
)
# Of the medians: further apart than this would be a way to ask whether a code is somebody's.
APART = 0.02


@pytest.mark.django_db
def test_anothers_code_takes_as_long_as_nobodys(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (100 * ROUNDS, 3600))
    client, world = client_of("stranger_supervisor")
    ratios = {}
    for route, method in ROUTES:
        real = code_for(route, world)
        codes = (real, real[:3] + NOBODYS)
        took: dict[str, list[float]] = {code: [] for code in codes}
        for turn in range(2 * ROUNDS):
            # Which comes first changes too: the second of a pair finds warmer caches.
            code = codes[(turn + turn // 2) % 2]
            begun = time.process_time()
            answer = ask(client, world, route, method, code)
            took[code].append(time.process_time() - begun)
            assert answer.status_code == 404
        theirs, nobodys = (statistics.median(took[code]) for code in codes)
        ratios[f"{method} {route}"] = round(theirs / nobodys, 4)
    keep("times", rounds=ROUNDS, **ratios)
    assert {name: ratio for name, ratio in ratios.items() if abs(ratio - 1) > APART} == {}
