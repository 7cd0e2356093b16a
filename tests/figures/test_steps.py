"""Steps by themselves: whole, of many agencies, and as many as there can be."""

import itertools
import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from figures.steps import MOST_OF_ONE, ORDERS, SMALLEST_STEP, Knowers, filled, held_back

AGENCY = st.integers(1, 8)
KNOWERS = st.lists(AGENCY, min_size=1, max_size=3, unique=True).map(lambda x: tuple(sorted(x)))
WAITING = st.dictionaries(KNOWERS, st.integers(0, 60), max_size=25)
ALONE = st.dictionaries(AGENCY.map(lambda agency: (agency,)), st.integers(0, 200), max_size=8)
SIZES = st.sampled_from([SMALLEST_STEP, 29, 38])


@given(WAITING, SIZES)
def test_steps_are_whole_and_nobody_is_made_up(waiting: dict[Knowers, int], size: int) -> None:
    steps, taken = filled(waiting, size=size)

    assert sum(taken.values()) == steps * size
    assert all(0 < number <= waiting[knowers] for knowers, number in taken.items())


@given(WAITING, SIZES)
def test_no_agency_knows_more_than_nine_a_step(waiting: dict[Knowers, int], size: int) -> None:
    steps, taken = filled(waiting, size=size)

    known: Counter[int] = Counter()
    for knowers, number in taken.items():
        for agency in knowers:
            known[agency] += number
    assert all(number <= MOST_OF_ONE * steps for number in known.values())


@given(WAITING)
def test_what_is_left_fills_no_step(waiting: dict[Knowers, int]) -> None:
    _, taken = filled(waiting, size=SMALLEST_STEP)
    left = {knowers: number - taken.get(knowers, 0) for knowers, number in waiting.items()}

    assert filled(left, size=SMALLEST_STEP) == (0, {})


def plainly(waiting: dict[Knowers, int], size: int) -> tuple[int, Counter[Knowers]]:
    """The same without a queue: for each person the kind that comes first is looked for among all."""
    left, taken, steps, stalled = Counter(waiting), Counter[Knowers](), 0, 0
    for order in itertools.cycle(ORDERS):
        while step := first_step(left, size, order):
            left.subtract(step)
            taken.update(step)
            steps, stalled = steps + 1, 0
        stalled += 1
        if stalled == len(ORDERS):
            return steps, taken
    raise AssertionError("it goes round for ever")


def first_step(
    left: Counter[Knowers], size: int, order: Callable[[Knowers], int]
) -> Counter[Knowers] | None:
    step, known = Counter[Knowers](), Counter[int]()
    while step.total() < size:
        free = [
            knowers
            for knowers, number in left.items()
            if number > step[knowers] and all(known[each] < MOST_OF_ONE for each in knowers)
        ]
        if not free:
            return None
        first = min(free, key=lambda one: (order(one), step[one] - left[one], one))
        step[first] += 1
        known.update(first)
    return step


OF_NOBODY = st.dictionaries(st.just(()), st.integers(0, 60))


@given(WAITING, OF_NOBODY, SIZES)
def test_the_queue_takes_whom_a_plain_look_would_take(
    waiting: dict[Knowers, int], of_nobody: dict[Knowers, int], size: int
) -> None:
    assert filled(waiting | of_nobody, size=size) == plainly(waiting | of_nobody, size)


@given(ALONE)
def test_where_nobody_is_known_twice_there_are_as_many_steps_as_there_can_be(
    waiting: dict[Knowers, int],
) -> None:
    """s steps can be filled just where every agency's people, at most 9 of them a step, suffice."""
    steps, _ = filled(waiting, size=SMALLEST_STEP)

    def suffice(s: int) -> bool:
        return sum(min(n, MOST_OF_ONE * s) for n in waiting.values()) >= SMALLEST_STEP * s

    assert suffice(steps)
    assert not suffice(steps + 1)


@pytest.mark.parametrize(
    ("waiting", "steps"),
    [
        ({}, 0),
        ({(1,): 1000}, 0),
        ({(1,): 1000, (2,): 1000}, 0),
        ({(1,): 1000, (2,): 1000, (3,): 2}, 1),
        ({(1,): 9, (2,): 9, (3,): 1}, 0),
        # An agency that knows all of them fills no step with others' people.
        ({(1, 9): 20, (2, 9): 20, (3, 9): 20}, 0),
        ({(1, 9): 9, (2,): 9, (3,): 2}, 1),
        ({(1,): 10, (2,): 10, (3,): 10, (4,): 10}, 2),
        # Those whom all know stand in the way, though most of them wait.
        ({(1, 2, 3): 30, (1,): 29, (2,): 29, (3,): 29}, 4),
    ],
)
def test_by_example(waiting: dict[Knowers, int], steps: int) -> None:
    assert filled(waiting, size=SMALLEST_STEP)[0] == steps


def test_a_larger_step_withstands_two_agencies_that_join() -> None:
    """Of 29 they know 18 at most, so that eleven are strangers to both."""
    waiting: dict[Knowers, int] = {(1,): 500, (2,): 500, (3,): 10}
    assert filled(waiting, size=29) == (0, {})

    steps, taken = filled(waiting | {(3,): 11, (4,): 9}, size=29)
    assert (steps, sum(taken.get((n,), 0) for n in (3, 4)) >= 11) == (1, True)


@given(WAITING, st.integers(0, 5))
def test_what_is_held_back_goes_on_waiting(waiting: dict[Knowers, int], back: int) -> None:
    all_steps, _ = filled(waiting, size=SMALLEST_STEP)
    steps, taken = filled(waiting, size=SMALLEST_STEP, back=back)

    assert steps == max(0, all_steps - back)
    assert sum(taken.values()) == steps * SMALLEST_STEP


def test_each_further_step_is_held_back_by_an_even_chance() -> None:
    throws = iter([0, 1, 0, 1, 1, 1, 0])

    assert [held_back(lambda _: next(throws)) for _ in range(3)] == [0, 1, 3]
    below = random.Random(7).randrange
    drawn = Counter(held_back(below) for _ in range(40_000))
    found = [*(drawn[k] for k in range(8)), sum(n for k, n in drawn.items() if k > 7)]
    wanted = [40_000 / 2 ** (k + 1) for k in range(8)]
    assert stats.chisquare(found, [*wanted, 40_000 / 2**8]).pvalue > 0.001
