"""What `./safehand chaos` does to a service: one table, and the order that a seed makes of it."""

import contextlib
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launch import moodypartner, moodysink
from launch.otherclock import OtherClock
from launch.smalldisk import SmallDisk
from launch.supervisor import Supervisor

SINK, PARTNER = "mail sink", "partner"


@dataclass(slots=True)
class World:
    """What there is to be harmed."""

    supervisor: Supervisor
    disk: SmallDisk
    clock: OtherClock
    # Where the moods of the mail server and of the partner's system stand, and a mark that is there
    # while cases are made of a file.
    mood: Path
    partner_mood: Path
    importing: Path

    def feel(self, mood: str) -> None:
        _write(self.mood, mood)

    def partner_feels(self, mood: str) -> None:
        _write(self.partner_mood, mood)

    def well(self) -> None:
        self.feel(moodysink.WELL)
        self.partner_feels(moodypartner.WELL)
        self.supervisor.held -= {SINK, PARTNER}
        self.disk.free()
        self.clock.step(0)


@dataclass(frozen=True, slots=True)
class Harm:
    """`hits` says where its end is looked for: the first answer, mail or call after it."""

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


def _no(name: str) -> Callable[..., bool]:
    """It dies, and stays dead for a while."""

    def do(world: World, dice: random.Random) -> bool:
        world.supervisor.held.add(name)
        return _kill(name)(world, dice)

    return do


def _partner(mood: str) -> Callable[..., bool]:
    def do(world: World, _dice: random.Random) -> bool:
        world.partner_feels(mood)
        return True

    return do


def _in_the_middle(kill: Callable[..., bool]) -> Callable[..., bool]:
    """Only while cases are made of a file: at any other moment there is nothing to be left half."""

    def do(world: World, dice: random.Random) -> bool:
        return world.importing.exists() and kill(world, dice)

    return do


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
    Harm("kill -9 a worker of files", "web", _in_the_middle(_kill_a_child_of("files"))),
    Harm("kill -9 the server of files", "web", _in_the_middle(_kill("files"))),
    Harm("kill -9 a partner's system", "calls", _kill(PARTNER)),
    Harm("kill -9 the timetable", "mail", _kill("beat")),
    Harm("kill -9 the broker", "mail", _kill("Valkey")),
    Harm("PostgreSQL stopped at once", "web", _kill("PostgreSQL", signal.SIGQUIT)),
)
SHORT = (4, 12)
MOODS = (
    Harm("mail server away", "mail", _no(SINK), SHORT),
    Harm("mail server without service", "mail", _mood(moodysink.NO_SERVICE), SHORT),
    Harm("mail put off (451)", "mail", _mood(moodysink.LATER), SHORT),
    Harm("mail refused for good (554)", "mail", _mood(moodysink.REFUSES), SHORT),
    Harm("mail server hangs", "mail", _mood(moodysink.HANGS), SHORT),
    Harm("mail taken, connection cut", "mail", _mood(moodysink.HANGS_UP), SHORT),
)
PARTNERS = (
    Harm("partner's system away", "calls", _no(PARTNER), SHORT),
    Harm("partner's system slow", "calls", _partner(moodypartner.SLOW), SHORT),
    Harm("partner's system hangs", "calls", _partner(moodypartner.HANGS), SHORT),
    Harm("partner answers 500", "calls", _partner(moodypartner.FAILS), SHORT),
    Harm("partner answers 503, later", "calls", _partner(moodypartner.LATER), SHORT),
    Harm("partner takes it, connection cut", "calls", _partner(moodypartner.CUTS), SHORT),
    Harm("one of a partner's is gone (410)", "calls", _partner(moodypartner.GONE), SHORT),
)
FULL = Harm("disk full", "web", _fill, (5, 10))
# Off by so much for a while, and then right again: a step each way, of which one goes back.
OFF = 40
CLOCKS = (
    Harm("clock ahead", "web", _step(OFF), (5, 10)),
    Harm("clock behind", "web", _step(-OFF), (5, 10)),
)


def drawn(kills: int, dice: random.Random, *, disk: bool, clock: bool) -> list[Harm]:
    """So many kills, all kinds as often; for four of them a mood of the mail server and one of the
    partner's system, for twenty a full disk and a clock that is wrong."""
    harms = [KILLS[n % len(KILLS)] for n in range(kills)]
    harms += [MOODS[n % len(MOODS)] for n in range(-(-kills // 4))]
    harms += [PARTNERS[n % len(PARTNERS)] for n in range(-(-kills // 4))]
    if disk:
        harms += [FULL] * -(-kills // 20)
    if clock:
        harms += [CLOCKS[n % len(CLOCKS)] for n in range(-(-kills // 20))]
    dice.shuffle(harms)
    return harms


def _write(path: Path, mood: str) -> None:
    """Written aside, so that nobody reads half a word."""
    aside = path.with_suffix(".new")
    aside.write_text(mood, encoding="ascii")
    aside.replace(path)


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
