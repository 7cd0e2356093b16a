"""Signed checkpoints of a log: C2SP signed-note, tlog-checkpoint and tlog-cosignature, Ed25519."""

import base64
import binascii
import hashlib
import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

LOG, WITNESS = 0x01, 0x04
ID, STAMP, HASH = 4, 8, 32
# Read aloud over the telephone: this many groups of five digits.
GROUPS = 8


class NotSigned(Exception):
    """No signature by a known key, or no checkpoint at all."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key with its name: `name+id+base64`, as C2SP writes it."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        told = f"{self.name}\n".encode() + bytes([self.kind]) + self.public
        return hashlib.sha256(told).digest()[:ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_b64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large the log is and what its root is, at one moment."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def key_of(text: str) -> Key:
    """Read a public key. Raises ValueError."""
    # The last part is base64, which may hold a plus; the name may not.
    name, marked, rest = text.strip().split("+", 2)
    raw = base64.b64decode(rest, validate=True)
    if len(raw) != 1 + HASH or raw[0] not in {LOG, WITNESS} or not is_name(name):
        raise ValueError("not a public key")
    key = Key(name, raw[0], raw[1:])
    if key.id.hex() != marked:
        raise ValueError("not a public key")
    return key


def is_name(name: str) -> bool:
    """A name holds no space and no plus."""
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def public_of(secret: Ed25519PrivateKey, name: str, kind: int) -> Key:
    return Key(name, kind, secret.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, secret: Ed25519PrivateKey) -> str:
    """The checkpoint with the log's own signature."""
    key = public_of(secret, checkpoint.origin, LOG)
    return f"{checkpoint.text}\n{_line(key, secret.sign(checkpoint.text.encode()))}"


def cosign(note: str, secret: Ed25519PrivateKey, name: str, *, at: int | None = None) -> str:
    """A witness's line for a checkpoint, with the time at which it was seen."""
    stamp = int(time.time()) if at is None else at
    signed = secret.sign(_witnessed(_text_of(note), stamp))
    return _line(public_of(secret, name, WITNESS), stamp.to_bytes(STAMP, "big") + signed)


def opened(note: str, keys: list[Key]) -> Checkpoint:
    """What the note says, if one of these keys signed it. Raises NotSigned."""
    if not any(is_signed(note, line, key) for line in lines_of(note) for key in keys):
        raise NotSigned
    return read(note)


def read(note: str) -> Checkpoint:
    """What the note says, whoever signed it. Raises NotSigned where it is no checkpoint."""
    try:
        origin, size, root, *_ = _text_of(note).split("\n")
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error) as fault:
        raise NotSigned from fault
    if checkpoint.text != _text_of(note):
        raise NotSigned
    return checkpoint


def lines_of(note: str) -> list[str]:
    return note.partition("\n\n")[2].splitlines(keepends=True)


def is_signed(note: str, line: str, key: Key) -> bool:
    """Whether the line is this key's signature of the note."""
    marks = line.rstrip("\n").split(" ")
    if len(marks) != 3 or marks[0] != "—" or marks[1] != key.name:  # noqa: PLR2004 -- dash, name, signature
        return False
    try:
        raw = base64.b64decode(marks[2], validate=True)
        told = _text_of(note).encode()
        signed = raw[ID:]
        if key.kind == WITNESS:
            stamp, signed = int.from_bytes(signed[:STAMP], "big"), signed[STAMP:]
            told = _witnessed(_text_of(note), stamp)
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, told)
    except (ValueError, InvalidSignature):
        return False
    return raw[:ID] == key.id


def fingerprint(note: str) -> str:
    """The checkpoint as digits to compare by telephone, in any language."""
    digest = hashlib.sha512(_text_of(note).encode()).digest()
    parts = (int.from_bytes(digest[5 * n : 5 * n + 5], "big") for n in range(GROUPS))
    return " ".join(f"{part % 100_000:05d}" for part in parts)


def _text_of(note: str) -> str:
    return note.partition("\n\n")[0] + "\n"


def _witnessed(text: str, stamp: int) -> bytes:
    return f"cosignature/v1\ntime {stamp}\n{text}".encode()


def _line(key: Key, signed: bytes) -> str:
    return f"— {key.name} {_b64(key.id + signed)}\n"


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
