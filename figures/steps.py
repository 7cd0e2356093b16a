"""How people are put into steps: whole ones are published, some held back by chance, the rest waits.

A step holds `size` people, of whom no agency knows more than `most`. People are told apart here only
by which agencies know them. The proof that published steps point at nobody: docs/adr/0019.
"""

import heapq
import itertools
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping

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
    held: deque[Counter[Knowers]] = deque()
    taken: Counter[Knowers] = Counter()
    steps = 0
    for step in _each(Counter(waiting), size=size, most=most):
        held.append(step)
        if len(held) > back:
            steps += 1
            taken.update(held.popleft())
    return steps, dict(taken)


def _each(left: Counter[Knowers], *, size: int, most: int) -> Iterator[Counter[Knowers]]:
    """Step by step: from where most wait, and where that stalls, first whoever fewest agencies know."""
    stalled = 0
    for weight in itertools.cycle(ORDERS):
        queue = [
            (weight(knowers), -number, knowers) for knowers, number in left.items() if number
        ]
        heapq.heapify(queue)
        while step := _one(queue, size=size, most=most):
            stalled = 0
            left.subtract(step)
            yield step
        stalled += 1
        if stalled == len(ORDERS):
            return


def _one(
    queue: list[tuple[int, int, Knowers]], *, size: int, most: int
) -> Counter[Knowers] | None:
    """Fill one step from the front of the queue; None if they do not suffice for it."""
    step: Counter[Knowers] = Counter()
    known: Counter[int] = Counter()
    full: list[tuple[int, int, Knowers]] = []
    for _ in range(size):
        while queue and any(known[agency] >= most for agency in queue[0][2]):
            full.append(heapq.heappop(queue))
        if not queue:
            return None
        weight, left, knowers = queue[0]
        step[knowers] += 1
        known.update(knowers)
        if left == -1:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (weight, left + 1, knowers))
    for each in full:
        heapq.heappush(queue, each)
    return step
