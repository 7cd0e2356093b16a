"""What `./safehand chaos` does to a service: one table, and the order that a seed makes of it."""

import contextlib
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launch import moodysink
from launch.otherclock import OtherClock
from launch.smalldisk import SmallDisk
from launch.supervisor import Supervisor

SINK = "mail sink"


@dataclass(slots=True)
class World:
    """What there is to be harmed."""

    supervisor: Supervisor
    disk: SmallDisk
    clock: OtherClock
    mood: Path

    def feel(self, mood: str) -> None:
        """Written aside, so that nobody reads half a word."""
        aside = self.mood.with_suffix(".new")
        aside.write_text(mood, encoding="ascii")
        aside.replace(self.mood)

    def well(self) -> None:
        self.feel(moodysink.WELL)
        self.supervisor.held.discard(SINK)
        self.disk.free()
        self.clock.step(0)


@dataclass(frozen=True, slots=True)
class Harm:
    """`hits` says where its end is looked for: the first answer, or the first mail, after it."""

    name: str
    hits: str
    do: Callable[[World, random.Random], bool]
    seconds: tuple[float, float] = (0, 0)


def _kill(name: str, how: signal.Signals = signal.SIGKILL) -> Callable[..., bool]:
    def do(world: World, _dice: random.Random) -> bool:
        return _send(world.supervisor.named(name).process.pid, how)

    return do


def _kill_a_child_of(name: str) -> Callable[..., bool]:
    def do(world: World, dice: random.Random) -> bool:
        found = children_of(world.supervisor.named(name).process.pid)
        return bool(found) and _send(dice.choice(found), signal.SIGKILL)

    return do


def _mood(mood: str) -> Callable[..., bool]:
    def do(world: World, _dice: random.Random) -> bool:
        world.feel(mood)
        return True

    return do


def _no_sink(world: World, dice: random.Random) -> bool:
    world.supervisor.held.add(SINK)
    return _kill(SINK)(world, dice)


def _fill(world: World, _dice: random.Random) -> bool:
    world.disk.fill()
    return True


def _step(seconds: int) -> Callable[..., bool]:
    def do(world: World, _dice: random.Random) -> bool:
        world.clock.step(seconds)
        return True

    return do


KILLS = (
    Harm("kill -9 a web worker", "web", _kill_a_child_of("web")),
    Harm("kill -9 the web server", "web", _kill("web")),
    Harm("kill -9 a task worker", "mail", _kill_a_child_of("worker")),
    Harm("kill -9 the task server", "mail", _kill("worker")),
    Harm("kill -9 the timetable", "mail", _kill("beat")),
    Harm("kill -9 the broker", "mail", _kill("Valkey")),
    Harm("PostgreSQL stopped at once", "web", _kill("PostgreSQL", signal.SIGQUIT)),
)
SHORT = (4, 12)
MOODS = (
    Harm("mail server away", "mail", _no_sink, SHORT),
    Harm("mail server without service", "mail", _mood(moodysink.NO_SERVICE), SHORT),
    Harm("mail put off (451)", "mail", _mood(moodysink.LATER), SHORT),
    Harm("mail refused for good (554)", "mail", _mood(moodysink.REFUSES), SHORT),
    Harm("mail server hangs", "mail", _mood(moodysink.HANGS), SHORT),
    Harm("mail taken, connection cut", "mail", _mood(moodysink.HANGS_UP), SHORT),
)
FULL = Harm("disk full", "web", _fill, (5, 10))
# Off by so much for a while, and then right again: a step each way, of which one goes back.
OFF = 40
CLOCKS = (
    Harm("clock ahead", "web", _step(OFF), (5, 10)),
    Harm("clock behind", "web", _step(-OFF), (5, 10)),
)


def drawn(kills: int, dice: random.Random, *, disk: bool, clock: bool) -> list[Harm]:
    """So many kills, all kinds as often; for four of them a mood, for twenty a full disk and a clock
    that is wrong."""
    harms = [KILLS[n % len(KILLS)] for n in range(kills)]
    harms += [MOODS[n % len(MOODS)] for n in range(-(-kills // 4))]
    if disk:
        harms += [FULL] * -(-kills // 20)
    if clock:
        harms += [CLOCKS[n % len(CLOCKS)] for n in range(-(-kills // 20))]
    dice.shuffle(harms)
    return harms


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(word) for word in told.split()]
    return []


def _send(pid: int, how: signal.Signals) -> bool:
    """False if it was dead already."""
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return False
    return True
