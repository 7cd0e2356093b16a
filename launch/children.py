"""Child processes that end when we end, in the reverse order of their start."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    stop_signal: signal.Signals
    patience: float
    log: Path
    # Starts the same once more.
    again: "Callable[[], subprocess.Popen[bytes]]"


@dataclass(slots=True)
class Children:
    """What was started, in order."""

    running: list[Child] = field(default_factory=list)
    # What each of them is told besides.
    told: dict[str, str] = field(default_factory=dict)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience: float = 10,
        user: "pwd.struct_passwd | None" = None,
    ) -> Child:
        """Start a child with its output in a log that only we can read."""

        def begin() -> "subprocess.Popen[bytes]":
            log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as out:
                return subprocess.Popen(
                    [str(word) for word in command],
                    env=dict(env) | self.told,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509 -- forks from the main thread
                    cwd="/" if user else None,
                    **identity(user),
                )

        child = Child(name, begin(), stop_signal, patience, log, begin)
        self.running.append(child)
        return child

    def restart(self, child: Child) -> None:
        """The same once more, in its place. What it left of itself ends, as with a container."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        child.process = child.again()

    def ended(self) -> list[Child]:
        return [child for child in self.running if child.process.poll() is not None]

    def stop(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """End all, last first; a child that does not listen is killed after its patience."""
        while self.running:
            child = self.running.pop()
            begun = time.monotonic()
            if child.process.poll() is None:
                child.process.send_signal(child.stop_signal)
                try:
                    child.process.wait(child.patience)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
            tell(f"{child.name} stopped ({time.monotonic() - begun:.1f} s)")


def identity(user: "pwd.struct_passwd | None") -> dict[str, Any]:
    """Popen's words for running as another user."""
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def servant() -> "pwd.struct_passwd | None":
    """Whom the database runs as: ourselves, or as root somebody without rights.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return None
    for name in (os.environ.get("SAFEHAND_PG_OS_USER", ""), "safehand", "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit("safehand: running as root, and there is no unprivileged user to use.")


def last_lines(log: Path, count: int = 12) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    # Linux tells the child when we die, even by SIGKILL. Elsewhere the next start finds it.
    def ask() -> None:
        if sys.platform.startswith("linux"):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))

    return ask
