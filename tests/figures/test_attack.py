"""The differencing attack on published figures finds nothing; on plain counts it does."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.figures import attack
from tests.figures.attack import World

SEED, TIMES = 20261127, 1000
ALONE, TWO = frozenset({0}), frozenset({0, 1})
Behind = Callable[[World, frozenset[int]], Any]


def found(
    behind: Behind, own: frozenset[int], *, times: int, seed: int = SEED, **made: int
) -> list[tuple[int, int]]:
    """The bounds of every remainder that is certain to be one to ten people."""
    rnd, certain = random.Random(seed), []
    for _ in range(times):
        world = attack.made_up(rnd, **made)
        wanted = attack.any_remainder(rnd, world, own)
        bounds = attack.is_found(behind(world, own), wanted)
        if bounds:
            low, high = bounds
            # The attack is right: what it is certain of is so.
            assert low <= attack.true_number(world, wanted) <= high
            certain.append(bounds)
    return certain


@pytest.mark.parametrize("part", range(4))
def test_a_thousand_attacks_find_nobody(part: int) -> None:
    once = found(attack.worlds_behind_steps, ALONE, times=TIMES // 4, seed=SEED + part)

    assert once == []


def test_steps_alone_would_not_do() -> None:
    """Without the rule that no agency knows more than nine, one that knows its own finds others'."""
    arrivals = [[[12, 8, 0, 0], [38, 0, 0, 0]]]
    everywhere = attack.Wanted(frozenset({0, 1}), frozenset({0}), frozenset({1, 2, 3}))

    bounds = {
        most: attack.is_found(
            attack.worlds_behind_steps(World(arrivals, 4, most=most), ALONE), everywhere
        )
        for most in (9, 20)
    }
    assert bounds == {9: None, 20: (8, 9)}


def test_the_same_attacks_on_plain_counts_find_people() -> None:
    assert len(found(attack.worlds_behind_suppression, ALONE, times=TIMES // 5)) >= 20


def test_two_agencies_that_join_may_find_people_in_steps_of_twenty() -> None:
    """The limit that docs/figures.md tells of: they may know eighteen of a step."""
    world = World([[[30, 30, 2, 0], [0, 0, 0, 0]]], agencies=4)
    others = attack.Wanted(frozenset({0}), frozenset({0}), frozenset({2, 3}))

    assert attack.published(world) == [[1, 0, 1]]
    assert attack.is_found(attack.worlds_behind_steps(world, ALONE), others) is None
    assert attack.is_found(attack.worlds_behind_steps(world, TWO), others) == (2, 3)


def test_they_find_nobody_in_steps_of_twenty_nine() -> None:
    assert found(attack.worlds_behind_steps, TWO, times=TIMES // 5, size=29, agencies=5) == []


@pytest.mark.parametrize("size", [20, 29])
def test_the_true_world_is_among_those_that_are_possible(size: int) -> None:
    """Or the attack would find nothing because it looks in the wrong place."""
    rnd = random.Random(SEED)
    for _ in range(25):
        world = attack.made_up(rnd, size=size)
        program, of = attack.worlds_behind_steps(world, frozenset(range(world.agencies)))
        everybody = [
            of(m, p, g)
            for m in range(world.months) for p in range(world.parts) for g in range(world.agencies)
        ]  # fmt: skip
        true = sum(n for month in world.arrivals for part in month for n in part)
        assert (
            program.bound(everybody, most=True) == program.bound(everybody, most=False) == true
        )
