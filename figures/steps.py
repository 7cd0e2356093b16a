"""How people are put into steps: whole ones are published, the rest waits.

A step holds `size` people, of whom no agency knows more than `most`. People are told apart here only
by which agencies know them. The proof that published steps point at nobody: docs/adr/0019.
"""

import heapq
from collections import Counter
from collections.abc import Mapping

# Of any whole step at least eleven people are strangers to each agency: 20 - 9.
MOST_OF_ONE = 9
SMALLEST_STEP = 20

# The agencies that know somebody, by their keys in order.
Knowers = tuple[int, ...]


def filled(
    waiting: Mapping[Knowers, int], *, size: int, most: int = MOST_OF_ONE
) -> tuple[int, dict[Knowers, int]]:
    """How many whole steps those who wait fill, and how many of each kind go into them."""
    queue = [(-number, knowers) for knowers, number in waiting.items() if number]
    heapq.heapify(queue)
    taken: Counter[Knowers] = Counter()
    steps = 0
    while step := _one(queue, size=size, most=most):
        steps += 1
        taken.update(step)
    return steps, dict(taken)


def _one(queue: list[tuple[int, Knowers]], *, size: int, most: int) -> Counter[Knowers] | None:
    """Fill one step, always from where most wait; None if they do not suffice for it."""
    step: Counter[Knowers] = Counter()
    known: Counter[int] = Counter()
    full: list[tuple[int, Knowers]] = []
    for _ in range(size):
        while queue and any(known[agency] >= most for agency in queue[0][1]):
            full.append(heapq.heappop(queue))
        if not queue:
            return None
        left, knowers = queue[0]
        step[knowers] += 1
        known.update(knowers)
        if left == -1:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (left + 1, knowers))
    for each in full:
        heapq.heappush(queue, each)
    return step
