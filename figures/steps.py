"""How people are put into steps: whole ones are published, some held back by chance, the rest waits.

A step holds `size` people, of whom no agency knows more than `most`. People are told apart here only
by which agencies know them. The proof that published steps point at nobody: docs/adr/0019.
"""

import heapq
import itertools
import secrets
from collections import deque
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
    held: deque[dict[Knowers, int]] = deque()
    taken: dict[Knowers, int] = {}
    steps = 0
    for step in _each(dict(waiting), size=size, most=most):
        held.append(step)
        if len(held) > back:
            steps += 1
            for knowers, number in held.popleft().items():
                taken[knowers] = taken.get(knowers, 0) + number
    return steps, taken


def _each(left: dict[Knowers, int], *, size: int, most: int) -> Iterator[dict[Knowers, int]]:
    """Step by step: from where most wait, and where that stalls, first whoever fewest agencies know."""
    stalled = 0
    for weight in itertools.cycle(ORDERS):
        queue = [
            (weight(knowers), -number, knowers) for knowers, number in left.items() if number
        ]
        heapq.heapify(queue)
        while step := _one(queue, size=size, most=most):
            stalled = 0
            for knowers, number in step.items():
                left[knowers] -= number
            yield step
        stalled += 1
        if stalled == len(ORDERS):
            return


def _one(
    queue: list[tuple[int, int, Knowers]], *, size: int, most: int
) -> dict[Knowers, int] | None:
    """Fill one step from the front of the queue; None if they do not suffice for it."""
    step: dict[Knowers, int] = {}
    known: dict[int, int] = {}
    full: list[tuple[int, int, Knowers]] = []
    for _ in range(size):
        while queue and _is_full(queue[0][2], known, most):
            full.append(heapq.heappop(queue))
        if not queue:
            return None
        weight, left, knowers = queue[0]
        step[knowers] = step.get(knowers, 0) + 1
        for agency in knowers:
            known[agency] = known.get(agency, 0) + 1
        if left == -1:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (weight, left + 1, knowers))
    for each in full:
        heapq.heappush(queue, each)
    return step


def _is_full(knowers: Knowers, known: dict[int, int], most: int) -> bool:
    """Whether one of them knows as many of the step as it may. In a loop of its own: it is asked for
    each person of each table."""
    for agency in knowers:  # noqa: SIM110 -- as above
        if known.get(agency, 0) >= most:
            return True
    return False
