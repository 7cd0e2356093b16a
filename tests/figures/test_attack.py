"""The differencing attack on published figures finds nothing; on plain counts it does."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from figures.models import Release
from tests.figures import asking, attack
from tests.figures.asking import Heard, Land, Ways
from tests.figures.attack import World
from tests.figures.people import numbers

SEED, TIMES = 20261127, 1000
ALONE, TWO = frozenset({0}), frozenset({0, 1})
Behind = Callable[[World, frozenset[int]], Any]


def found(
    behind: Behind, own: frozenset[int], *, times: int, seed: int = SEED, **made: int
) -> list[tuple[int, int]]:
    """The bounds of every remainder that is certain to be ten people at most."""
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


# What was found before steps were held back. In a total an agency fills many places, and its parts
# told who else is in it; and who takes over all cases of another agency after the release knows, like
# two that join, of eighteen in a step.
CASES = {
    "a total and its parts": (
        [[[0, 18, 18, 4], [27, 9, 1, 1], [0, 0, 0, 1]]],
        ALONE,
        attack.Wanted(frozenset({2}), frozenset({0}), frozenset({1, 2, 3})),
        (0, 1),
    ),
    "learned later": (
        [[[30, 30, 2, 0], [0, 0, 0, 0]]],
        TWO,
        attack.Wanted(frozenset({0}), frozenset({0}), frozenset({2, 3})),
        (2, 3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_steps_alone_would_tell_is_uncertain_as_steps_are_held_back(case: str) -> None:
    arrivals, known, wanted, certain = CASES[case]
    plain = World(arrivals, agencies=4)
    held = World(arrivals, agencies=4, chance=random.Random(SEED))

    assert attack.is_found(attack.worlds_behind_steps(plain, known), wanted) == certain
    assert attack.bounds(attack.worlds_behind_steps(held, known), wanted)[1] >= attack.MANY


@pytest.mark.parametrize("own", [ALONE, TWO])
def test_no_number_of_others_is_too_large_to_be_so(own: frozenset[int]) -> None:
    """In every land, for every remainder: as many as anybody may have at all."""
    rnd = random.Random(SEED)
    for _ in range(100):
        world = attack.made_up(rnd)
        wanted = attack.any_remainder(rnd, world, own)
        cells = len(wanted.months) * len(wanted.parts) * len(wanted.agencies)

        _, high = attack.bounds(attack.worlds_behind_steps(world, own), wanted)

        assert high == cells * attack.MANY


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


# How many sequences after each of three months: a quarter of a thousand.
AFTER_EACH = (60, 90, 100)


def asked_for(seed: int, ways: Ways) -> tuple[list[str], Heard, Counter[str]]:
    """What a quarter of a thousand sequences of questions find out, what they hear, and how."""
    land, memory, asked = Land.begin(random.Random(seed)), Heard(), Counter[str]()
    found = []
    for number, times in enumerate(AFTER_EACH):
        land.month(number)
        found += asking.play(land, times, ways=ways, memory=memory, asked=asked)
    return found, memory, asked


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(4))
def test_a_thousand_sequences_of_questions_find_nobody(settings: Any, part: int) -> None:
    """By pages, by the API, by files, filtered, before and after a release, with late corrections."""
    settings.FIGURES_PUBLIC = True
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (10_000_000, 3600))

    found, memory, asked = asked_for(SEED + part, asking.WAYS)

    assert found == []
    # Every way was gone often, and told what was published: no more, and hardly less.
    assert set(asked) == set(asking.WAYS)
    assert min(asked.values()) > sum(AFTER_EACH) // 4
    made = {release.period: release for release in Release.objects.all()}
    published = {
        (period, (table, value)): total
        for period, release in made.items()
        for table in {table for table, _ in asking.STREAMS}
        for value, total in numbers(release, table).items()
        if (table, value) in asking.STREAMS
    }
    heard = {key: total for key, (total, _) in memory.items() if key[0] in made}
    assert heard == published
    assert len(heard) > len(asking.STREAMS)


@pytest.mark.django_db
def test_the_same_questions_to_who_counts_find_people() -> None:
    found, _, _ = asked_for(SEED, {"counted": asking.counted})

    assert len(found) >= 100
