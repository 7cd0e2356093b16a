"""An attacker who knows the method, everything published and all people of their own agencies.

What they can work out is worked out here, by integer programs: the fewest and the most people whom
the other agencies may have in some cells and months, in any world that would have led to the same
publication. A remainder of which it is certain that it is ten people or fewer is found.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from figures.steps import MOST_OF_ONE, Knowers, filled, held_back

# Nobody has more people than this; the attacker may even know that.
MANY = 2_000
SMALL = range(1, 11)
# arrivals[month][part][agency]; the parts make up a total.
Arrivals = list[list[list[int]]]
# published[month][stream]: whole steps; the last stream is the total.
Steps = list[list[int]]


@dataclass(frozen=True, slots=True)
class World:
    """What truly happened, and what was published of it."""

    arrivals: Arrivals
    agencies: int
    size: int = 20
    most: int = MOST_OF_ONE
    # From which it is drawn how many steps of a cell are held back; without it none are, and the
    # attacker knows that.
    chance: random.Random | None = None

    @property
    def months(self) -> int:
        return len(self.arrivals)

    @property
    def parts(self) -> int:
        return len(self.arrivals[0])

    def streams(self) -> list[list[int]]:
        """The parts of each stream; the last has them all."""
        return [*([part] for part in range(self.parts)), list(range(self.parts))]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A remainder: these parts, months and agencies together."""

    parts: frozenset[int]
    months: frozenset[int]
    agencies: frozenset[int]


def made_up(
    rnd: random.Random, *, size: int = 20, most: int = MOST_OF_ONE, agencies: int = 4
) -> World:
    """A land in which some agencies have many people and others a few."""
    months, parts = rnd.randint(1, 3), rnd.randint(2, 3)
    often = [[rnd.choice((1, 4, 9, 25)) for _ in range(agencies)] for _ in range(parts)]
    arrivals = [
        [[rnd.randint(0, most_of) for most_of in often[part]] for part in range(parts)]
        for _ in range(months)
    ]
    return World(arrivals, agencies, size, most, chance=rnd)


def any_remainder(rnd: random.Random, world: World, own: frozenset[int]) -> Wanted:
    """What an attacker might ask about: a difference of releases, of cells, of a total and parts."""
    others = sorted(set(range(world.agencies)) - own)
    first = rnd.randrange(world.months)
    return Wanted(
        parts=frozenset(rnd.sample(range(world.parts), rnd.randint(1, world.parts))),
        months=frozenset(range(first, rnd.randint(first, world.months - 1) + 1)),
        agencies=frozenset(
            rnd.choice((others, rnd.sample(others, rnd.randint(1, len(others)))))
        ),
    )


def true_number(world: World, wanted: Wanted) -> int:
    return sum(
        world.arrivals[m][p][g]
        for m in wanted.months for p in wanted.parts for g in wanted.agencies
    )  # fmt: skip


def published(world: World) -> Steps:
    """By the service's own rule, month after month; who is left over waits."""
    waiting: list[dict[Knowers, int]] = [{} for _ in world.streams()]
    steps: Steps = []
    for month in world.arrivals:
        whole = []
        for queue, parts in zip(waiting, world.streams(), strict=True):
            for g in range(world.agencies):
                queue[g,] = queue.get((g,), 0) + sum(month[part][g] for part in parts)
            back = held_back(world.chance.randrange) if world.chance else 0
            number, taken = filled(queue, size=world.size, most=world.most, back=back)
            for knowers, gone in taken.items():
                queue[knowers] -= gone
            whole.append(number)
        steps.append(whole)
    return steps


class Contradiction(Exception):
    """There is no such world: what was heard does not fit together."""


class Program:
    """An integer program that grows line by line."""

    def __init__(self) -> None:
        self.uppers: list[float] = []
        self.rows: list[dict[int, float]] = []
        self.lows: list[float] = []
        self.highs: list[float] = []

    def number(self, most: float = MANY) -> int:
        self.uppers.append(most)
        return len(self.uppers) - 1

    def say(self, line: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append(line)
        self.lows.append(low)
        self.highs.append(high)

    def bound(self, goal: Iterable[int], *, most: bool) -> int:
        """The least or the greatest sum that these numbers can have."""
        costs = np.zeros(len(self.uppers))
        costs[list(goal)] = -1 if most else 1
        cells = [(r, c, v) for r, row in enumerate(self.rows) for c, v in row.items()]
        down, across, values = zip(*cells, strict=True)
        shape = (len(self.rows), len(self.uppers))
        matrix = sparse.csr_matrix((values, (down, across)), shape=shape)
        found = optimize.milp(
            costs,
            constraints=optimize.LinearConstraint(matrix, self.lows, self.highs),
            bounds=optimize.Bounds(0, self.uppers),
            integrality=np.ones(len(self.uppers)),
        )
        if not found.success:
            raise Contradiction(found.message)
        return abs(round(found.fun))


def worlds_behind_steps(
    world: World, own: frozenset[int]
) -> tuple[Program, Callable[..., int]]:
    """Every world that the attacker cannot tell from the true one, where steps are published."""
    steps = published(world)
    program, x = _everybody(world, own)
    for stream, parts in enumerate(world.streams()):
        told = [(number, month[stream]) for number, month in enumerate(steps)]
        _steps_of_a_stream(program, world, x, parts, told)
    return program, lambda m, p, g: x[m, p, g]


def worlds_behind_answers(
    world: World, own: frozenset[int], totals: dict[frozenset[int], dict[int, int]]
) -> tuple[Program, Callable[..., int]]:
    """The same for what was heard: of some parts together, how many people up to some months. What is
    no whole step was counted, and is taken for what it is."""
    program, x = _everybody(world, own)
    for parts, heard in totals.items():
        if any(total % world.size for total in heard.values()):
            for month, total in heard.items():
                among = [
                    x[m, p, g]
                    for m in range(month + 1) for p in parts for g in range(world.agencies)
                ]  # fmt: skip
                program.say(dict.fromkeys(among, 1), total, total)
            continue
        before, told = 0, []
        for month, total in sorted(heard.items()):
            told.append((month, (total - before) // world.size))
            before = total
        _steps_of_a_stream(program, world, x, sorted(parts), told)
    return program, lambda m, p, g: x[m, p, g]


def _everybody(
    world: World, own: frozenset[int]
) -> tuple[Program, dict[tuple[int, int, int], int]]:
    """How many people each agency has in each part and month; the attackers know their own."""
    program = Program()
    x = {
        (m, p, g): program.number()
        for m in range(world.months) for p in range(world.parts) for g in range(world.agencies)
    }  # fmt: skip
    for (m, p, g), number in x.items():
        if g in own:
            true = world.arrivals[m][p][g]
            program.say({number: 1}, true, true)
    return program, x


def _steps_of_a_stream(
    program: Program, world: World, x: dict[tuple[int, int, int], int], parts: list[int],
    steps: list[tuple[int, int]],
) -> None:  # fmt: skip
    """Of months and how many steps were added by then. What was taken came from those who waited, of an agency no more than is allowed; and where no
    steps are held back, they did not suffice for one more."""
    most = world.months * world.parts * MANY
    taken: dict[int, list[int]] = {g: [] for g in range(world.agencies)}
    for month, whole in steps:
        into = {g: program.number(world.most * whole) for g in range(world.agencies)}
        program.say(dict.fromkeys(into.values(), 1), world.size * whole, world.size * whole)
        limit = world.most * (whole + 1)
        suffice: dict[int, float] = {}
        for g in range(world.agencies):
            waits: dict[int, float] = {
                x[m, p, g]: 1.0 for m in range(month + 1) for p in parts
            } | dict.fromkeys(taken[g], -1.0)
            program.say(waits | {into[g]: -1}, 0)
            taken[g].append(into[g])
            if world.chance:
                continue
            # As many of this agency as one step more could take: the lesser of who waits and the limit.
            able, is_limit = program.number(limit), program.number(1)
            program.say(waits | {able: -1}, 0)
            program.say(waits | {able: -1, is_limit: -most}, high=0)
            program.say({able: 1, is_limit: -limit}, 0)
            suffice[able] = 1
        if suffice:
            program.say(suffice, high=world.size * (whole + 1) - 1)


def worlds_behind_suppression(
    world: World, own: frozenset[int]
) -> tuple[Program, Callable[..., int]]:
    """The same for the usual way: plain counts up to each month, those under 11 not shown."""
    program, x = _everybody(world, own)
    for month in range(world.months):
        for parts in world.streams():
            among = [
                x[m, p, g]
                for m in range(month + 1) for p in parts for g in range(world.agencies)
            ]  # fmt: skip
            count = sum(
                world.arrivals[m][p][g]
                for m in range(month + 1) for p in parts for g in range(world.agencies)
            )  # fmt: skip
            hidden = count in range(SMALL.stop)
            low, high = (0, SMALL.stop - 1) if hidden else (count, count)
            program.say(dict.fromkeys(among, 1), low, high)
    return program, lambda m, p, g: x[m, p, g]


def bounds(behind: tuple[Program, Callable[..., int]], wanted: Wanted) -> tuple[int, int]:
    """Between which numbers a remainder lies for certain."""
    program, of = behind
    goal = [of(m, p, g) for m in wanted.months for p in wanted.parts for g in wanted.agencies]
    return program.bound(goal, most=False), program.bound(goal, most=True)


def is_found(
    behind: tuple[Program, Callable[..., int]], wanted: Wanted
) -> tuple[int, int] | None:
    """The certain bounds of a remainder that is ten people at most; None where more are possible."""
    low, high = bounds(behind, wanted)
    return (low, high) if high in range(SMALL.stop) else None
