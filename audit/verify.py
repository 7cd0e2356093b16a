"""Checking the log again from its beginning: every event, every tree, the chain, the signatures.

It only reads, holds one batch at a time, and stops at the first thing that is wrong.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from audit import keys, ledger
from audit.ledger import Placed, Row, SealRow
from kernel import merkle, notes


class Tampered(Exception):
    """What is wrong, in which seal, and the number of the first event that it is about."""

    def __init__(self, code: str, *, seal: int = 0, event: int = 0) -> None:
        super().__init__(code, seal, event)
        self.code, self.seal, self.event = code, seal, event


@dataclass(slots=True)
class Found:
    """What was checked and found in order."""

    seals: int = 0
    events: int = 0
    waiting: int = 0
    checkpoints: int = 0
    cosignatures: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> int:
        return round((self.events + self.waiting) / self.seconds) if self.seconds else 0


class Verifier:
    """One walk over the log with the public keys that are trusted."""

    def __init__(self, trusted: list[notes.Key], *, since: int = 0) -> None:
        self.trusted, self.since = trusted, since
        self.leaves, self.found = keys.Leaves(), Found()
        self.tree = merkle.Growing()
        self.last: SealRow | None = None
        self.number = 0

    def walk(self) -> Found:
        """Raises Tampered at the first thing that is wrong."""
        begun = time.perf_counter()
        self._begin()
        for batch in ledger.batches_after(self.since):
            places = ledger.placed_in(batch[0].seq, batch[-1].seq)
            by_seal = {seq: list(each) for seq, each in groupby(places, lambda p: p.seal)}
            for seal in batch:
                self._seal(seal, by_seal.pop(seal.seq, []))
            if by_seal:
                stray = next(iter(by_seal.values()))[0]
                raise Tampered("seal_missing", seal=stray.seal, event=stray.number)
        self._beyond()
        self._waiting()
        self.found.seconds = time.perf_counter() - begun
        return self.found

    def _begin(self) -> None:
        """With `since`, the tree as the signed checkpoint of that seal says it."""
        if not self.since:
            return
        self.last = ledger.at_size(self.since)
        if self.last is None:
            raise Tampered("seal_missing", seal=self.since)
        self.tree, self.number = ledger.tree_at(self.since), self.last.last
        self._checkpoint(self.last, self.last.first)

    def _seal(self, seal: SealRow, places: list[Placed]) -> None:
        expected = self.last.seq + 1 if self.last else 1
        if seal.seq != expected:
            gone = places_of(expected)
            raise Tampered(
                "seal_missing", seal=expected, event=gone[0].number if gone else self.number + 1
            )
        before = self.number
        for place, each in enumerate(places):
            self._event(each, place)
        first = places[0].number if places else seal.first
        wrong = self._wrong(seal, places, before)
        if wrong:
            code, event = wrong
            raise Tampered(code, seal=seal.seq, event=event or first)
        self._checkpoint(seal, first)
        self.last = seal
        self.found.seals += 1
        self.found.events += len(places)

    def _wrong(
        self, seal: SealRow, places: list[Placed], before: int
    ) -> tuple[str, int] | None:
        """What of the seal itself does not fit, and the event, where it is only about one."""
        if seal.previous != (self.last.hash() if self.last else ledger.FIRST):
            return "chain_broken", 0
        if merkle.root_of([each.hash for each in places]) != seal.root:
            return "root_differs", _culprit(places, seal, before)
        numbers = [each.number for each in places]
        if (seal.size, seal.first, seal.last) != (len(numbers), min(numbers), max(numbers)):
            return "range_differs", 0
        if b"".join(self.tree.add(seal.hash())) != seal.nodes:
            return "seal_changed", 0
        return None

    def _event(self, each: Placed, place: int) -> None:
        if each.position != place:
            # Its number went with it: it came right after the one before.
            raise Tampered("event_missing", seal=each.seal, event=self.number + 1)
        row = each.row
        if row is None or row.said.event_id != each.event_id:
            raise Tampered("event_missing", seal=each.seal, event=_number_of(each))
        if not self.leaves.knows(row.said, row.leaf):
            raise Tampered("event_changed", seal=each.seal, event=each.number)
        if row.hash != each.hash:
            raise Tampered("event_moved", seal=each.seal, event=each.number)
        self.number = max(self.number, each.number)

    def _checkpoint(self, seal: SealRow, first: int) -> None:
        try:
            told = notes.opened(seal.checkpoint, self.trusted)
        except notes.NotSigned as fault:
            raise Tampered("not_signed", seal=seal.seq, event=first) from fault
        if (told.size, told.root) != (self.tree.size, self.tree.root()):
            raise Tampered("checkpoint_differs", seal=seal.seq, event=first)

    def _beyond(self) -> None:
        """Places of seals that are not there: the end of the chain was cut."""
        last = self.last.seq if self.last else 0
        stray = next(iter(ledger.placed_in(last + 1, 2**62)), None)
        if stray is not None:
            raise Tampered("seal_missing", seal=stray.seal, event=stray.number)

    def _waiting(self) -> None:
        """What stands in no seal yet: each must be ours, and none may be older than it can be."""
        for row in _in_order():
            old = self.last is not None and row.xid < self.last.horizon
            if old or not self.leaves.knows(row.said, row.leaf):
                raise Tampered("event_inserted", event=row.number)
            self.found.waiting += 1


def _in_order() -> Iterator[Row]:
    start = (-1, -1)
    while rows := ledger.unsealed(after=start, below="TRUE", most=ledger.AT_ONCE):
        yield from rows
        start = (rows[-1].xid, rows[-1].number)


def places_of(seal: int) -> list[Placed]:
    return ledger.placed_in(seal, seal)


def _number_of(each: Placed) -> int:
    """The number that the event was sealed under: its hash tells, whichever table lies."""
    row = ledger.event_by(each.event_id)
    return row.number if row is not None and row.hash == each.hash else each.number


def _culprit(places: list[Placed], seal: SealRow, before: int) -> int:
    """The event that makes a root differ, as far as that can be told; 0 if it cannot."""
    right = sorted(places, key=lambda each: (each.row.xid if each.row else 0, each.number))
    if merkle.root_of([each.hash for each in right]) == seal.root:
        return next(a.number for a, b in zip(right, places, strict=True) if a is not b)
    if len(places) > seal.size:
        return places[seal.size].number
    gone = ledger.numbers_gone(min(before + 1, seal.first), seal.last)
    return gone[0] if gone else 0
