"""Starts again what has died, as compose does with `restart: always`."""

import time
from dataclasses import dataclass, field

from launch.children import Child, Children

DELAY = 1.0


@dataclass(slots=True)
class Supervisor:
    """Watches over children; what is held down stays down."""

    children: Children
    held: set[str] = field(default_factory=set)
    restarts: int = 0
    _found_dead: dict[str, float] = field(default_factory=dict)

    def tend(self) -> None:
        """To be called often, by the thread that started them: they die with it."""
        for child in self.children.ended():
            since = self._found_dead.setdefault(child.name, time.monotonic())
            if child.name not in self.held and time.monotonic() - since >= DELAY:
                del self._found_dead[child.name]
                self.children.restart(child)
                self.restarts += 1

    def named(self, name: str) -> Child:
        return next(child for child in self.children.running if child.name == name)
