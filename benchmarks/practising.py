"""Practice among real cases: a space set up, a turn of the others, a day of its clock, all of it wiped.

What is real must not make it slower: read the figures of the two sizes beside each other. What the service
does by itself while time passes is shown apart.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from agencies.models import REAL, Member
from agencies.roles import Role
from benchmarks.recording import as_role
from benchmarks.traces import line, untouched
from edge import wall
from launch.servers import WORKER
from practice import belonging, tasks
from practice.actions import playing, wishing
from practice.models import Space

# The one with the most that has happened before.
SCENARIO = "withdrawn_consent"
ROUNDS = 7
# What stays when a space is wiped.
KEPT = ("practice_space", "audit_auditevent", "custody_journalentry", "custody_purposekey")
Took = tuple[float, int]


def measured(_rounds: int) -> dict[str, Any]:
    with line() as db, untouched(db, KEPT), as_role(WORKER), wall.acting(wall.MACHINE):
        learner = Member.objects.filter(
            role=Role.SOCIAL_WORKER, is_active=True, agency__space=REAL
        ).first()
        assert learner is not None, "the land is full of them"
        # The first fills what is kept in memory.
        rounds = [_played(learner) for _ in range(ROUNDS + 1)][1:]
    return {name: _middle([each[name] for each in rounds]) for name in rounds[0]}


def _played(learner: Member) -> dict[str, Took]:
    """Milliseconds and statements of each part, and how many rows there were to wipe."""
    sweeping: list[float] = []
    begun = wishing.begin(scenario=SCENARIO, language="en", by=learner, at=timezone.now())
    code, number = begun.code, begun.pk

    def swept(turn: playing.Sweep) -> playing.Sweep:
        def sweep(*, space: int) -> None:
            since = time.perf_counter()
            turn(space=space)
            sweeping.append(time.perf_counter() - since)

        return sweep

    def a_day() -> None:
        playing.move_on(code=code, between=[swept(turn) for turn in tasks.BETWEEN])

    found = {"set_up": _took(lambda: playing.build(code=code, at=timezone.now()))}
    wishing.look(code=code, by=learner, at=timezone.now())
    turn = Space.objects.get(code=code).turn
    found["turn"] = _took(lambda: playing.take_turns(code=code, turn=turn, at=timezone.now()))
    wishing.move_on(code=code, hours=24, by=learner, at=timezone.now())
    found["day"] = _took(a_day)
    found["day_sweeps"] = (sum(sweeping) * 1e3, len(sweeping))
    rows = sum(len(keys) for keys in belonging.rows_of(number).values())
    wishing.wipe(code=code, by=learner, at=timezone.now())
    found["wiped"] = _took(lambda: playing.wipe(code=code, at=timezone.now()))
    found["rows"] = (0, rows)
    space = Space.objects.get(code=code)
    assert (space.fault, space.wiped_at is not None) == ("", True), space.fault
    return found


def _took(deed: Callable[[], object]) -> Took:
    asked = 0

    def count(execute: Callable[..., Any], *said: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*said)

    with connection.execute_wrapper(count):
        since = time.perf_counter()
        deed()
        took = time.perf_counter() - since
    return took * 1e3, asked


def _middle(each: list[Took]) -> dict[str, float]:
    return {
        "ms": round(statistics.median(ms for ms, _ in each), 1),
        "number": statistics.median(number for _, number in each),
    }
