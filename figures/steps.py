"""How people are put into steps: whole ones are published, some held back by chance, the rest waits.

A step holds `size` people, of whom no agency knows more than `most`. People are told apart here only
by which agencies know them. The proof that published steps point at nobody: docs/adr/0019.
"""

import heapq
import itertools
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence

# Of any whole step at least eleven people are strangers to each agency: 20 - 9.
MOST_OF_ONE = 9
SMALLEST_STEP = 20

# The agencies that know somebody, by their keys in order.
Knowers = tuple[int, ...]
# Who goes first into a step: all alike, or those whom the fewest agencies know.
ORDERS: tuple[Callable[[Knowers], int], ...] = (lambda _: 0, len)


def held_back(below: Callable[[int], int] = secrets.randbelow) -> int:
    """How many whole steps of a cell are kept from a release: with chance 1/2 one more, and one more.

    No number of them is too large to be so; whatever was published, as many as one likes may wait.
    """
    held = 0
    while below(2):
        held += 1
    return held


def filled(
    waiting: Mapping[Knowers, int], *, size: int, most: int = MOST_OF_ONE, back: int = 0
) -> tuple[int, dict[Knowers, int]]:
    """How many whole steps those who wait fill, and how many of each kind go into them. The last
    `back` of them are held back: their people go on waiting."""
    kinds = sorted(waiting)
    held: deque[list[int]] = deque()
    taken: Counter[int] = Counter()
    steps = 0
    for step in _each(kinds, [waiting[kind] for kind in kinds], size=size, most=most):
        held.append(step)
        if len(held) > back:
            steps += 1
            taken.update(held.popleft())
    return steps, {kinds[n]: number for n, number in taken.items()}


# On whose side of the queue those stand whom no agency knows.
_NOBODY = -1
# A kind in the queue is one number, as each person of each table goes through it: its weight, how many
# more might wait than do, and which it is. So whoever comes first is the least.
_WEIGHT, _ONE = 2**60, 2**20
_MANY = _WEIGHT // _ONE - 1


def _each(
    kinds: Sequence[Knowers], left: list[int], *, size: int, most: int
) -> Iterator[list[int]]:
    """Step by step: from where most wait, and where that stalls, first whoever fewest agencies know."""
    crowd: Counter[int] = Counter()
    for knowers, number in zip(kinds, left, strict=True):
        crowd.update(dict.fromkeys(knowers, number))
    side_of = [max(knowers, key=crowd.__getitem__, default=_NOBODY) for knowers in kinds]
    stalled = 0
    for weight in itertools.cycle(ORDERS):
        queue = _Queue(kinds, side_of)
        for n, number in enumerate(left):
            if number:
                queue.add(n, weight(kinds[n]) * _WEIGHT + (_MANY - number) * _ONE + n)
        while step := queue.step(size=size, most=most):
            stalled = 0
            for n in step:
                left[n] -= 1
            yield step
        stalled += 1
        if stalled == len(ORDERS):
            return


class _Queue:
    """Kinds in the order in which they go into steps. Each stands on the side of the agency that knows most
    people of those that know it, so that in a step in which that agency is full all of a side is passed
    over at once, and not kind by kind: a large agency knows of many thousands."""

    def __init__(self, kinds: Sequence[Knowers], side_of: Sequence[int]) -> None:
        self.kinds, self.side_of = kinds, side_of
        self.sides: dict[int, list[int]] = {}
        # The first of each side, and what was its first before: that is passed over.
        self.fronts: list[tuple[int, int]] = []

    def add(self, n: int, place: int) -> None:
        side = self.sides.setdefault(self.side_of[n], [])
        heapq.heappush(side, place)
        if side[0] == place:
            heapq.heappush(self.fronts, (place, self.side_of[n]))

    def step(self, *, size: int, most: int) -> list[int] | None:
        """Fill one step, a kind for each person; None if those who wait do not suffice."""
        step: list[int] = []
        known: Counter[int] = Counter()
        full_sides: set[int] = set()
        full_kinds: list[int] = []
        while len(step) < size:
            if (front := self._front()) is None:
                return None
            place, agency = front
            n = place % _ONE
            if known[agency] >= most:
                heapq.heappop(self.fronts)
                full_sides.add(agency)
            elif any(known[each] >= most for each in self.kinds[n]):
                full_kinds.append(heapq.heappop(self.sides[agency]))
                self._renew(agency)
            else:
                step.append(n)
                known.update(self.kinds[n])
                self._take_one(agency)
        for place in full_kinds:
            self.add(place % _ONE, place)
        for agency in full_sides:
            self._renew(agency)
        return step

    def _front(self) -> tuple[int, int] | None:
        """Who comes first, and on whose side."""
        while self.fronts:
            place, agency = self.fronts[0]
            side = self.sides[agency]
            if side and side[0] == place:
                return place, agency
            heapq.heappop(self.fronts)
        return None

    def _take_one(self, agency: int) -> None:
        """One person of the kind that comes first on this side."""
        side = self.sides[agency]
        if side[0] % _WEIGHT // _ONE == _MANY - 1:
            heapq.heappop(side)
        else:
            heapq.heapreplace(side, side[0] + _ONE)
        self._renew(agency)

    def _renew(self, agency: int) -> None:
        if side := self.sides[agency]:
            heapq.heappush(self.fronts, (side[0], agency))
