"""How keys and copies stand, for the pages and the console: names, times and counts alone."""

import datetime as dt
from dataclasses import dataclass

from custody.models import CopyRun, KeyAct
from custody.ring import ring
from custody.rotation import hanging

# A year for a key: NIST SP 800-57 lets a key-wrapping key serve two at most.
OLD_KEY = dt.timedelta(days=366)
# What is older than this is late: a copy is made each night, a drill each month.
LATE = {
    CopyRun.Kind.BACKUP: dt.timedelta(hours=26),
    CopyRun.Kind.DRILL: dt.timedelta(days=32),
}


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key of the ring: when it was made, and how many rows of which tables hang on it."""

    name: str
    made_at: dt.datetime | None
    is_current: bool
    hanging: dict[str, int]

    @property
    def persons(self) -> int:
        return self.hanging.get("cases.person", 0)

    @property
    def others(self) -> int:
        return sum(self.hanging.values()) - self.persons


def of_ring() -> list[KeyState]:
    """Every key, the oldest first; one that is missing while rows hang on it among them."""
    keys, there = ring(), hanging()
    current = keys.current()
    known = [
        KeyState(key.name, key.made_at, key.name == current, there.pop(key.name, {}))
        for key in keys.every_key()
    ]
    lost = [
        KeyState(name, made_at=None, is_current=False, hanging=held)
        for name, held in there.items()
    ]
    return lost + known


def last_act(kind: KeyAct.Kind) -> KeyAct | None:
    return KeyAct.objects.filter(kind=kind).order_by("-pk").first()


def last_run(kind: CopyRun.Kind) -> CopyRun | None:
    return CopyRun.objects.filter(kind=kind).order_by("-pk").first()


def is_late(kind: CopyRun.Kind, *, at: dt.datetime) -> bool:
    """Whether there was none that went well within its time."""
    well = CopyRun.objects.filter(kind=kind, well=True, at__gt=at - LATE[kind])
    return not well.exists()
