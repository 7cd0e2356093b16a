"""How a question is measured: in turns with the others, so that what the machine does falls on all."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

WARM = 6


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one question, in milliseconds: the median, and the middle half."""

    median: float
    low: float
    high: float

    def shown(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def spread(took: list[float]) -> Spread:
    quarters = statistics.quantiles(took, n=4)
    return Spread(statistics.median(took) * 1e3, quarters[0] * 1e3, quarters[2] * 1e3)


def in_turns(deeds: dict[str, Callable[[], Any]], *, rounds: int) -> dict[str, Spread]:
    """Each deed once a round, beginning with another each time; the first rounds are not counted.

    A deed that takes long is done less often: a tenth of the rounds, and at least five times.
    """
    took: dict[str, list[float]] = {name: [] for name in deeds}
    slow: set[str] = set()
    names = list(deeds)
    for turn in range(WARM + rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if name in slow and turn % 10:
                continue
            begun = time.perf_counter()
            deeds[name]()
            passed = time.perf_counter() - begun
            if turn >= WARM or name in slow:
                took[name].append(passed)
            elif passed > 0.05:
                slow.add(name)
    return {name: spread(each if len(each) > 1 else each * 2) for name, each in took.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """What EXPLAIN says of a question that was run: pages touched, and the steps of its plan."""

    buffers: int
    steps: tuple[str, ...]

    @property
    def scanned(self) -> tuple[str, ...]:
        """The tables that were read from one end to the other."""
        return tuple(step[9:] for step in self.steps if step.startswith("Seq Scan"))

    @property
    def hashed(self) -> bool:
        """Whether all that may be seen was gathered first, to look each row up in it."""
        return any("hashed" in step for step in self.steps)


def explained(db: psycopg.Connection[Any], question: str, values: Any) -> Plan:
    """Run it under EXPLAIN (ANALYZE, BUFFERS), for the second time: what a connection looks up once
    is not the question's. No timing is taken from there."""
    db.execute(question, values).fetchall()
    row = db.execute(
        f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {question}", values
    ).fetchone()
    assert row is not None
    told = row[0] if isinstance(row[0], list) else json.loads(row[0])
    top = told[0]["Plan"]
    return Plan(top["Shared Hit Blocks"] + top["Shared Read Blocks"], tuple(_steps(top)))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    where = node.get("Relation Name") or node.get("Index Name") or ""
    yield f"{node['Node Type']} {where}".strip()
    for part in ("Filter", "Join Filter", "Index Cond"):
        if "hashed SubPlan" in str(node.get(part, "")):
            yield f"hashed SubPlan in {where}"
    for below in node.get("Plans", []):
        yield from _steps(below)


@contextmanager
def undone(db: psycopg.Connection[Any]) -> Iterator[None]:
    """A transaction of which nothing stays."""
    try:
        yield
    finally:
        db.rollback()
