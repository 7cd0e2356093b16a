"""What stands for one event in the trees: its canonical bytes, and a keyed hash over them.

Each event has a key of its own, made from the log's key and the event's number. So one event can
be proven to a court by giving out its key, without giving the means to guess at any other.
"""

import datetime as dt
import hmac
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel import merkle

VERSION = b"\x01"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
# JSON knows these four; the letters keep 1, "1" and true apart.
KINDS: dict[type, bytes] = {str: b"s", int: b"i", bool: b"b", type(None): b"n"}


@dataclass(frozen=True, slots=True)
class Said:
    """All columns of an event that mean something, but for its number and its transaction,
    which the database gives: those enter the tree when the event is sealed."""

    event_id: uuid.UUID
    happened_at: dt.datetime
    event: str
    actor: str
    agency: str
    role: str
    about: str
    case: str
    groups: list[str]
    request_id: str
    facts: Mapping[str, Any]

    def canonical(self) -> bytes:
        """One text for one event and no two events: each part after its length."""
        since = (self.happened_at - EPOCH) // MICROSECOND
        texts = (
            str(since), self.event, self.actor, self.agency, self.role, self.about, self.case,
            self.request_id,
        )  # fmt: skip
        parts = [self.event_id.bytes, *(text.encode() for text in texts)]
        groups = _joined(group.encode() for group in self.groups)
        facts = _joined(
            part
            for name in sorted(self.facts)
            for part in (name.encode(), _fact(self.facts[name]))
        )
        return VERSION + _joined([*parts, groups, facts])


def key_of(log_key: bytes, event_id: uuid.UUID) -> bytes:
    """The key of one event."""
    return hmac.digest(log_key, event_id.bytes, "sha256")


def leaf_of(said: Said, event_key: bytes) -> bytes:
    """The event's leaf as its row keeps it: a version, then HMAC-SHA256."""
    return VERSION + hmac.digest(event_key, said.canonical(), "sha256")


def hash_of(number: int, xid: int, event_id: uuid.UUID, leaf: bytes) -> bytes:
    """The event in the tree of its seal, with its place in the log and its transaction."""
    return merkle.leaf_hash(
        number.to_bytes(8, "big") + xid.to_bytes(8, "big") + event_id.bytes + leaf
    )


@dataclass(frozen=True, slots=True)
class Closed:
    """What a seal says of its batch; hashed, it is the seal's leaf in the tree of the log."""

    seq: int
    previous: bytes
    size: int
    first: int
    last: int
    horizon: int
    root: bytes
    mark: str
    at: dt.datetime

    def hash(self) -> bytes:
        moment = (self.at - EPOCH) // MICROSECOND
        numbers = (self.seq, self.size, self.first, self.last, self.horizon, moment)
        told = [str(number).encode() for number in numbers]
        return merkle.leaf_hash(
            VERSION + _joined([*told, self.previous, self.root, self.mark.encode()])
        )


def _fact(value: Any) -> bytes:
    return KINDS[type(value)] + str(value).encode()


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])
