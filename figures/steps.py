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


# A kind in the queue is one number, as each person of each table goes through it: its weight, how many
# more might wait than do, and which it is. So whoever comes first is the least.
_WEIGHT, _ONE = 2**60, 2**20
_MANY = _WEIGHT // _ONE - 1


def _each(
    kinds: Sequence[Knowers], left: list[int], *, size: int, most: int
) -> Iterator[list[int]]:
    """Step by step: from where most wait, and where that stalls, first whoever fewest agencies know."""
    stalled = 0
    for weight in itertools.cycle(ORDERS):
        queue = [
            weight(kinds[n]) * _WEIGHT + (_MANY - number) * _ONE + n
            for n, number in enumerate(left) if number
        ]  # fmt: skip
        heapq.heapify(queue)
        while step := _one(queue, kinds, size=size, most=most):
            stalled = 0
            for n in step:
                left[n] -= 1
            yield step
        stalled += 1
        if stalled == len(ORDERS):
            return


def _one(
    queue: list[int], kinds: Sequence[Knowers], *, size: int, most: int
) -> list[int] | None:
    """Fill one step from the front of the queue, a kind for each person; None if they do not suffice."""
    step: list[int] = []
    known: dict[int, int] = {}
    full: list[int] = []
    while len(step) < size:
        if not queue:
            return None
        first = queue[0]
        n = first % _ONE
        knowers = kinds[n]
        for agency in knowers:
            if known.get(agency, 0) >= most:
                full.append(heapq.heappop(queue))
                break
        else:
            step.append(n)
            for agency in knowers:
                known[agency] = known.get(agency, 0) + 1
            if first % _WEIGHT // _ONE == _MANY - 1:
                heapq.heappop(queue)
            else:
                heapq.heapreplace(queue, first + _ONE)
    for each in full:
        heapq.heappush(queue, each)
    return step
