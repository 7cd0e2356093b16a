"""age: what leaves this machine is sealed for somebody whose key is not on it.

Source: age-encryption.org/v1. Sealed and opened in a stream, so that nothing lies in clear on a
disk and no copy has to fit into memory.
"""

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

# pyrage says nothing of its types.
Identity = Any
Recipient = Any


class NotSealed(Exception):
    """The recipient, the identity or the file is not what it should be."""


class Counted:
    """A new file that nobody else may read, with its size and SHA-256 as it is written."""

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.file = os.fdopen(handle, "wb")
        self.size = 0
        self.hash = hashlib.sha256()

    def write(self, some: bytes) -> int:
        self.size += len(some)
        self.hash.update(some)
        return self.file.write(some)

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


def recipients(texts: list[str]) -> list[Recipient]:
    """Public keys. Raises NotSealed where there is none or one is not right."""
    if not texts:
        raise NotSealed("Say for whom: --recipient age1..., or BACKUP_RECIPIENTS.")
    try:
        return [pyrage.x25519.Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError:
        raise NotSealed("A recipient looks like age1... and is 62 letters long.") from None


def identities(path: Path) -> list[Identity]:
    """The secret keys in a file of age-keygen."""
    lines = path.read_text(encoding="utf-8").split()
    try:
        found = [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line.startswith("AGE-SECRET-KEY-")
        ]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise NotSealed(f"{path} holds no secret key of age.")
    return found


def seal(source: BinaryIO, path: Path, whom: list[Recipient]) -> tuple[int, str]:
    """Seal what the source gives into a new file: its size and SHA-256."""
    target = Counted(path)
    try:
        pyrage.encrypt_io(source, target, whom)
    finally:
        target.close()
    return target.size, target.hash.hexdigest()


def open_into(path: Path, target: BinaryIO, whose: list[Identity]) -> None:
    """Open a sealed file into the target. Raises NotSealed if a single bit of it was changed."""
    try:
        with path.open("rb") as source:
            pyrage.decrypt_io(source, target, whose)
    except pyrage.DecryptError:
        raise NotSealed(f"{path.name} was sealed for somebody else.") from None
    except BrokenPipeError:
        # Who reads it has ended, and says why itself.
        return
    except OSError:
        raise NotSealed(f"{path.name} was changed or cut off.") from None


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
