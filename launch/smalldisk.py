"""A small disk of its own for the state of a service, so that it can be filled without harm to others.

A file with a file system in it, mounted in a name space of this process alone: it is gone with us,
however we end.
"""

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNS = 0x00020000
GB = 1024**3


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """`at` is where it is mounted; `mounted` is False where this machine does not let us."""

    at: Path
    mounted: bool

    @property
    def ballast(self) -> Path:
        return self.at / "ballast"

    def fill(self) -> None:
        """Leave no room. What others free meanwhile is taken, too, when it is asked for again."""
        free = shutil.disk_usage(self.at).free
        with self.ballast.open("ab") as file:
            begin = file.seek(0, os.SEEK_END)
            for size in (free, 1 << 20, 1 << 16, 1 << 12):
                try:
                    while True:
                        os.posix_fallocate(file.fileno(), begin, size)
                        begin += size
                except OSError:
                    begin = os.fstat(file.fileno()).st_size

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)


def mounted(at: Path, *, size: int) -> SmallDisk:
    """A disk of so many bytes, or a plain folder where nothing may be mounted."""
    at.mkdir(mode=0o711, parents=True, exist_ok=True)
    image = at.with_suffix(".img")
    try:
        with image.open("wb") as file:
            file.truncate(size)
        _run("mkfs.ext4", "-q", "-m", "0", image)
        _alone()
        _run("mount", "-o", "loop", image, at)
    except (OSError, subprocess.CalledProcessError):
        image.unlink(missing_ok=True)
        return SmallDisk(at, mounted=False)
    at.chmod(0o711)
    return SmallDisk(at, mounted=True)


def unmount(disk: SmallDisk) -> None:
    if disk.mounted:
        subprocess.run(["umount", "-l", str(disk.at)], check=False)  # noqa: S607 -- by the PATH of root
        disk.at.with_suffix(".img").unlink(missing_ok=True)


def _alone() -> None:
    """What we mount from here on nobody else sees."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    _run("mount", "--make-rprivate", "/")


def _run(*words: str | Path) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
