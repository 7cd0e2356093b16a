"""The ring of key-encryption keys, and its simplest provider: a file that its owner alone reads.

Source: RFC 3394 (AES key wrap).
"""

import base64
import datetime as dt
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from kernel.errors import RingUnusable
from kernel.sealing import CannotOpen

KEY_BYTES = 32
FOR_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key of the ring by its name; nobody is shown more of it."""

    name: str
    made_at: dt.datetime | None


class Opener(Protocol):
    """What unwraps keys. Raises kernel.sealing.CannotOpen."""

    def unwrap(self, name: str, wrapped: bytes, *, context: str) -> bytes: ...


class Ring(Opener, Protocol):
    """What wraps the keys by which data are sealed. The newest key wraps, the others only open."""

    def every_key(self) -> list[RingKey]: ...  # oldest first
    def current(self) -> str: ...
    def wrap(self, key: bytes, *, context: str) -> tuple[str, bytes]: ...
    def as_of_now(self) -> Opener: ...  # for one request: it need not look again
    def add(self, *, at: dt.datetime) -> str: ...
    def destroy(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What a ring file says."""

    current: str
    secrets: dict[str, bytes]
    made: dict[str, str]

    def unwrap(self, name: str, wrapped: bytes, *, context: str) -> bytes:
        try:
            return aes_key_unwrap(self.secrets[name], wrapped)
        except (KeyError, InvalidUnwrap) as fault:
            raise CannotOpen(context) from fault


@dataclass(slots=True)
class FileRing:
    """A file: {"current": "1", "keys": {"1": "<base64 of 32 bytes>"}, "made": {"1": "<time>"}}.

    It is read again whenever it or its mode has changed, so that a running process knows a new
    key at once.
    AES-KW takes no context: a wrapped key that was moved to another row opens nothing there,
    because every sealed value names its own.
    """

    path: Path
    _seen: tuple[int, int, int] = (0, 0, 0)
    _known: Known | None = field(default=None, repr=False)

    def every_key(self) -> list[RingKey]:
        known = self._read()
        return [RingKey(name, _time(known.made.get(name))) for name in known.secrets]

    def current(self) -> str:
        return self._read().current

    def wrap(self, key: bytes, *, context: str) -> tuple[str, bytes]:
        known = self._read()
        return known.current, aes_key_wrap(known.secrets[known.current], key)

    def unwrap(self, name: str, wrapped: bytes, *, context: str) -> bytes:
        return self._read().unwrap(name, wrapped, context=context)

    def as_of_now(self) -> Opener:
        return self._read()

    def add(self, *, at: dt.datetime) -> str:
        known = self._read()
        name = str(max((int(each) for each in known.secrets if each.isdigit()), default=0) + 1)
        secrets = known.secrets | {name: os.urandom(KEY_BYTES)}
        self._write(Known(name, secrets, known.made | {name: at.isoformat()}))
        return name

    def destroy(self, name: str) -> None:
        known = self._read()
        if name == known.current:
            raise RingUnusable("The current key is not destroyed: rotate first.")
        if name in known.secrets:
            secrets = {each: key for each, key in known.secrets.items() if each != name}
            self._write(Known(known.current, secrets, known.made))

    def _read(self) -> Known:
        now = self.path.stat()
        seen = (now.st_ctime_ns, now.st_ino, now.st_size)
        if self._known is None or seen != self._seen:
            if os.name == "posix" and stat.S_IMODE(now.st_mode) & FOR_OTHERS:
                raise RingUnusable(f"{self.path} can be read by others: chmod 600 it.")
            self._known, self._seen = parsed(self.path.read_text(encoding="utf-8")), seen
        return self._known

    def _write(self, known: Known) -> None:
        keys = {name: base64.b64encode(key).decode() for name, key in known.secrets.items()}
        made = {name: time for name, time in known.made.items() if name in keys}
        text = json.dumps({"current": known.current, "keys": keys, "made": made}, indent=1)
        try:
            write_private(self.path, text)
        except OSError as fault:
            reason = f"{self.path} cannot be written here ({fault.strerror})."
            raise RingUnusable(reason) from fault


def parsed(text: str) -> Known:
    """What the text of a ring file says. Raises RingUnusable."""
    try:
        said: dict[str, Any] = json.loads(text)
        keys = {name: base64.b64decode(key) for name, key in said["keys"].items()}
        current = said["current"]
    except (ValueError, KeyError, AttributeError, TypeError) as fault:
        raise RingUnusable("The file is not a key ring.") from fault
    if current not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise RingUnusable("A key ring has keys of 32 bytes and the name of the current one.")
    return Known(current, keys, said.get("made", {}))


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, with mode 0600, and see it on the disk."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
