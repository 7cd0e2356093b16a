"""What was asked, how long it took, and what went wrong."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

# Of the errors of one kind of act, so many are kept with what was answered.
TOLD = 3


def percentile(sorted_values: Sequence[float], of_hundred: float) -> float:
    """The smallest value that is not below so many hundredths of them (the nearest rank)."""
    if not sorted_values:
        return 0.0
    rank = math.ceil(of_hundred / 100 * len(sorted_values))
    return sorted_values[max(rank, 1) - 1]


@dataclass(slots=True)
class Tally:
    """Of one kind of act, or of all."""

    took: list[float] = field(default_factory=list)
    errors: int = 0

    def shown(self) -> dict[str, Any]:
        """Milliseconds, of every request whatever came of it."""
        took = sorted(self.took)
        marks = {f"p{mark}": round(percentile(took, mark) * 1e3, 1) for mark in (50, 95, 99)}
        longest = round(took[-1] * 1e3, 1) if took else 0.0
        return {"count": len(took), **marks, "max": longest, "errors": self.errors}


@dataclass(slots=True)
class Tallies:
    """Of each kind of act."""

    by_act: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)

    def add(
        self, act: str, seconds: float, *, status: int, expect: int, body: str = ""
    ) -> bool:
        """Count one answer; whether it was the one that was expected."""
        well = status == expect
        tally = self.by_act[act]
        tally.took.append(seconds)
        self.statuses[status] += 1
        if not well:
            self.wrong(act, f"{status} instead of {expect}: {body[:300]}")
        return well

    def wrong(self, act: str, words: str) -> None:
        self.by_act[act].errors += 1
        if len(self.told[act]) < TOLD:
            self.told[act].append(words)

    def whole(self) -> Tally:
        every = [seconds for tally in self.by_act.values() for seconds in tally.took]
        return Tally(every, sum(tally.errors for tally in self.by_act.values()))
