"""What the tables of the log hold, as the sealer and the verifier read it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from audit import leaf
from audit.models import Seal
from kernel import merkle

# What an event says comes last, in the order of leaf.Said.
COLUMNS = """e.id, e.xid, e.leaf, e.event_id, e.happened_at, e.event, e.actor, e.agency, e.role,
    e.about, e."case", e.groups, e.request_id, e.facts"""
EVENTS = f"SELECT {COLUMNS} FROM audit_auditevent e"  # noqa: S608 -- constants
# One statement whatever the size of the batch: with five values a row the words alone took half of
# the sealer's time.
PLACE = """
    INSERT INTO audit_leaf (event_id, number, seal, position, hash)
    SELECT event_id, number, %s, place - 1, hash
    FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[])
         WITH ORDINALITY AS batch (event_id, number, hash, place)
"""
FIRST = b"\x00" * 32
# So many events are read at once, at most a seal more.
AT_ONCE = 5000


class Row(NamedTuple):
    """An event as it is stored: its number, transaction and leaf, and all that it says."""

    number: int
    xid: int
    leaf: bytes
    said: leaf.Said

    @property
    def hash(self) -> bytes:
        return leaf.hash_of(self.number, self.xid, self.said.event_id, self.leaf)


class Placed(NamedTuple):
    """A place in a seal, and the event that stands there if there is one."""

    seal: int
    position: int
    number: int
    event_id: Any
    hash: bytes
    row: Row | None


@dataclass(frozen=True, slots=True)
class SealRow(leaf.Closed):
    """A seal as it is stored: with what it adds to the tree of the log, and its checkpoint."""

    nodes: bytes
    checkpoint: str

    def stored(self) -> Seal:
        return Seal(**{name: getattr(self, name) for name in SEAL_COLUMNS})


SEAL_COLUMNS = (
    "seq", "previous", "size", "first", "last", "horizon", "root", "mark", "at", "nodes",
    "checkpoint",
)  # fmt: skip
HASH = 32


def row_of(record: Sequence[Any]) -> Row:
    number, xid, mark, *said, facts = record
    return Row(number, xid, bytes(mark), leaf.Said(*[*said, json.loads(facts)]))


def newest() -> SealRow | None:
    return next(_seals("ORDER BY seq DESC LIMIT 1", []), None)


def at_size(size: int) -> SealRow | None:
    """The seal whose checkpoint says this size."""
    return next(_seals("WHERE seq = %s", [size]), None)


def seals_after(seq: int, *, most: int = 200) -> list[SealRow]:
    return list(_seals("WHERE seq > %s ORDER BY seq LIMIT %s", [seq, most]))


def batches_after(seq: int) -> Iterator[list[SealRow]]:
    """All seals after this one, so many at once that their events fit into memory."""
    while found := seals_after(seq):
        held, batch = 0, []
        for seal in found:
            batch.append(seal)
            held += max(seal.size, 1)
            if held >= AT_ONCE:
                break
        yield batch
        seq = batch[-1].seq


def placed_in(low: int, high: int) -> list[Placed]:
    """Every place of these seals, in order, with the event of that number."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.seal, l.position, l.number, l.event_id, l.hash, {COLUMNS}"  # noqa: S608 -- constants
            " FROM audit_leaf l LEFT JOIN audit_auditevent e ON e.id = l.number"
            " WHERE l.seal BETWEEN %s AND %s ORDER BY l.seal, l.position",
            [low, high],
        )
        return [_placed(record) for record in cursor.fetchall()]


def event_by(event_id: Any) -> Row | None:
    """The event of this id, whatever number it goes by now."""
    with connection.cursor() as cursor:
        cursor.execute(f"{EVENTS} WHERE event_id = %s", [event_id])
        record = cursor.fetchone()
    return row_of(record) if record else None


def numbers_gone(low: int, high: int) -> list[int]:
    """Numbers that neither an event nor a place bears; a transaction that was undone leaves such
    gaps, too, so this only says where to look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM generate_series(%s::bigint, %s::bigint) n"
            " WHERE NOT EXISTS (SELECT FROM audit_auditevent WHERE id = n)"
            " AND NOT EXISTS (SELECT FROM audit_leaf WHERE number = n) ORDER BY n LIMIT 10",
            [low, min(high, low + 10 * AT_ONCE)],
        )
        return [number for (number,) in cursor.fetchall()]


def unsealed(*, after: tuple[int, int], below: str, most: int) -> list[Row]:
    """Events that stand in no seal, in the order of sealing, from a transaction and number on.

    `below` cuts them in SQL: what is certain to be complete can only be said by the statement's
    own snapshot.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"{EVENTS} WHERE (e.xid, e.id) > (%s, %s)"
            f" AND {below} AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.event_id)"
            " ORDER BY e.xid, e.id LIMIT %s",
            [*after, most],
        )
        return [row_of(record) for record in cursor.fetchall()]


def place(batch: Sequence[Row], hashes: Sequence[bytes], *, seal: int) -> None:
    """Write down where each event of the batch stands in this seal."""
    events, numbers = [row.said.event_id for row in batch], [row.number for row in batch]
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [seal, events, numbers, list(hashes)])


def perfect(parts: Sequence[merkle.Range]) -> dict[merkle.Range, bytes]:
    """The roots of these full subtrees of the log, as their last seals keep them; one query."""
    ends = sorted({high for _, high in parts})
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, nodes FROM audit_seal WHERE seq = ANY(%s)", [ends])
        nodes = {seq: bytes(raw) for seq, raw in cursor.fetchall()}
    found = {}
    for low, high in parts:
        level = (high - low).bit_length() - 1
        found[low, high] = nodes.get(high, b"")[HASH * level : HASH * (level + 1)]
    return found


def hashes_of(ranges: Sequence[merkle.Range]) -> list[bytes]:
    """The hashes of these parts of the log's tree, as a proof needs them."""
    roots = perfect([part for each in ranges for part in merkle.full_parts(each)])
    return [merkle.fold([roots[part] for part in merkle.full_parts(each)]) for each in ranges]


def tree_at(size: int) -> merkle.Growing:
    """The log's tree as it was at this size, ready to grow on."""
    parts = merkle.full_parts((0, size))
    roots = perfect(parts)
    return merkle.Growing(size, [roots[part] for part in parts])


def _seals(rest: str, values: list[Any]) -> Iterator[SealRow]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(SEAL_COLUMNS)} FROM audit_seal {rest}", values)  # noqa: S608 -- constants
        for record in cursor.fetchall():
            parts = dict(zip(SEAL_COLUMNS, record, strict=True))
            raw = {name: bytes(parts[name]) for name in ("previous", "root", "nodes")}
            yield SealRow(**(parts | raw))


def _placed(record: Sequence[Any]) -> Placed:
    seal, position, number, event_id, mark, *event = record
    row = row_of(event) if event[0] is not None else None
    return Placed(seal, position, number, event_id, bytes(mark), row)
