"""What the machine does meanwhile: the queues by the second, and the processes by /proc."""

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from audit import sealer
from benchmarks.load.tally import percentile

EVERY = 1.0
TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
KB = 1024
# How long the notice has waited that should have gone out first.
OLDEST = """
    SELECT coalesce(extract(epoch FROM %s - min(next_at)), 0)::float8
    FROM notify_delivery WHERE state = 'pending' AND next_at <= %s
"""


@dataclass(slots=True)
class Queues:
    """Samples of how late the queues are, in seconds, taken by a thread of its own."""

    notices: list[float] = field(default_factory=list)
    seals: list[float] = field(default_factory=list)
    faults: int = 0
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        self._end.set()
        assert self._thread is not None, "begun before"
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(EVERY):
            self.sample()
        connection.close()

    def sample(self) -> None:
        notice, seal = late()
        self.notices.append(notice)
        self.seals.append(seal)

    def shown(self) -> dict[str, Any]:
        return {"notices": _spread(self.notices), "seals": _spread(self.seals)}


@transaction.atomic
def late() -> tuple[float, float]:
    """How long the oldest notice that should have gone out has waited, and the oldest event for its
    seal, in seconds."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(OLDEST, [now, now])
        notice: float = cursor.fetchone()[0]
    return notice, sealer.lag(at=now).total_seconds()


def worked_off(patience: float) -> bool:
    """Wait until nothing is late that an earlier run left behind; False if that takes too long."""
    end = time.monotonic() + patience
    while max(late()) > EVERY:
        if time.monotonic() > end:
            return False
        time.sleep(EVERY)
    return True


def _spread(samples: list[float]) -> dict[str, float]:
    ordered = sorted(samples)
    marks = {f"p{mark}": round(percentile(ordered, mark), 2) for mark in (50, 99)}
    return {"samples": len(ordered), **marks, "max": round(max(ordered, default=0.0), 2)}


@dataclass(frozen=True, slots=True)
class Use:
    """Of a process and all below it: seconds of CPU so far, and megabytes of its own."""

    cpu: float
    memory: float


def busy() -> float:
    """Seconds that the cores of the machine have worked so far, for whomever."""
    user, nice, system, _idle, _disk, *rest = (PROC / "stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, *rest))) / TICKS


def use_of(pid: int) -> Use:
    family = _family(pid)
    return Use(sum(map(_cpu, family)), round(sum(map(_memory, family)), 1))


def _family(pid: int) -> list[int]:
    """The process and all that came of it, as they are now."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (said := _stat(int(folder.name))):
            children.setdefault(int(said[1]), []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _stat(pid: int) -> list[str]:
    """What stands behind the name of the process, which may hold blanks; empty if it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
    # Its own time, and that of its children that have ended.
    said = _stat(pid)
    return sum(map(int, said[11:15])) / TICKS if said else 0.0


def _memory(pid: int) -> float:
    """What it holds, with its part of what it shares."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / KB


@dataclass(slots=True)
class Processes:
    """What some processes used from a beginning to an end."""

    pids: dict[str, int]
    begun: float = 0.0
    busy: float = 0.0
    before: dict[str, Use] = field(default_factory=dict)

    def begin(self) -> None:
        self.begun, self.busy = time.monotonic(), busy()
        self.before = {name: use_of(pid) for name, pid in self.pids.items()}

    def shown(self) -> dict[str, Any]:
        """Of one core: 1.0 is one that did nothing else."""
        passed = time.monotonic() - self.begun
        found = {}
        for name, pid in self.pids.items():
            was, now = self.before[name], use_of(pid)
            found[name] = {
                "cores": round((now.cpu - was.cpu) / passed, 3),
                "mb_at_start": was.memory,
                "mb_at_end": now.memory,
            }
        return found

    def whole(self) -> float:
        """How many cores were busy, for whomever: far more than ours together was taken by others."""
        return round((busy() - self.busy) / (time.monotonic() - self.begun), 3)
