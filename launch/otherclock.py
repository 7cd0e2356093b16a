"""A wall clock for the service alone, which can be set wrong without harm to others.

A small library is put before the C library of each process; how many seconds the clock is off lies in
a file that all of them look at. It is made by the machine's own compiler, or left out where there is none.
"""

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


@dataclass(frozen=True, slots=True)
class OtherClock:
    """`made` is False where nothing could be compiled: then all keep the machine's clock."""

    file: Path
    library: Path
    made: bool

    @property
    def env(self) -> dict[str, str]:
        """What a process must be told to go by it."""
        if not self.made:
            return {}
        return {"LD_PRELOAD": str(self.library), "SAFEHAND_OTHER_CLOCK": str(self.file)}

    def step(self, seconds: int) -> None:
        """Be so many seconds off from now on; 0 is right. Written in place: the others look at it."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("i", seconds))


def made_in(folder: Path) -> OtherClock:
    """Everybody may read what lies there: the database runs as another user."""
    clock = OtherClock(
        folder / "clock", folder / "clock.so", made=_compiled(folder / "clock.so")
    )
    clock.file.write_bytes(struct.pack("i", 0))
    clock.file.chmod(0o644)
    return clock


def _compiled(library: Path) -> bool:
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    words = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        return False
    library.chmod(0o755)
    return True
