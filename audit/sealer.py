"""The sealer: closes what is complete into batches, one after the other, and signs each.

An event is complete when every transaction that began before its own has ended. Numbers are given
before a commit, so "all above the last number" would skip what commits late.
"""

import datetime as dt
import logging
from dataclasses import dataclass, replace

from django.db import connection, transaction

from audit import keys, ledger
from audit.ledger import Row, SealRow
from audit.models import Seal
from kernel import merkle, notes

# Names the lock that only one sealer holds; no other part of the service takes this number.
LOCK = 0x5EA1
MOST = 1000
COMPLETE = "e.xid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
ALL = "TRUE"
logger = logging.getLogger(__name__)


class Restored(Exception):
    """The last seal knows transactions that this server has yet to reach: a restored database."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one round closed."""

    seal: SealRow
    more: bool


@transaction.atomic
def seal_next(*, at: dt.datetime, most: int = MOST, adopt: bool = False) -> Sealed | None:
    """Close one batch; None if nothing is complete, or if another sealer is at work.

    With `adopt` all that is visible is closed, whatever the numbers of its transactions: the tail
    of a restored database. Raises Restored where that is needed and was not asked for.
    """
    if not _is_ours():
        return None
    before, horizon = ledger.newest(), _horizon()
    if before and before.horizon > horizon and not adopt:
        raise Restored
    # From the transactions on that the last seal left open.
    start = (0 if adopt or not before else before.horizon, -1)
    rows = ledger.unsealed(after=start, below=ALL if adopt else COMPLETE, most=most + 1)
    batch, more = rows[:most], len(rows) > most
    if not batch:
        return None
    known = keys.Leaves()
    for number in [row.number for row in batch if not known.knows(row.said, row.leaf)]:
        # It is sealed none the less, so that it cannot vanish again; `audit verify` names it, too.
        logger.error("audit: event %s was not written by this service", number)
    if more and not adopt:
        horizon = batch[-1].xid
    mark = Seal.RESTORED if adopt else ""
    hashes = [row.hash for row in batch]
    made = _closed(
        batch, hashes, before, horizon=_kept(horizon, adopt=adopt, more=more), mark=mark, at=at
    )
    made.stored().save(force_insert=True)
    ledger.place(batch, hashes, seal=made.seq)
    return Sealed(made, more)


def seal_all(
    *, at: dt.datetime, most: int = MOST, rounds: int = 50, adopt: bool = False
) -> int:
    """Close what is complete in batches of bounded size, each committed by itself; how many."""
    for count in range(rounds):
        done = seal_next(at=at, most=most, adopt=adopt)
        if done is None:
            return count
        if not done.more:
            return count + 1
    return rounds


def lag(*, at: dt.datetime) -> dt.timedelta:
    """How long the oldest event that stands in no seal has been waiting."""
    last = ledger.newest()
    # After a restore nothing would be above the old horizon; look at all then.
    start = last.horizon if last and last.horizon <= _horizon() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT wall.unsealed_since(%s)", [start])
        since = cursor.fetchone()[0]
    return max(at - since, dt.timedelta()) if since is not None else dt.timedelta()


def _closed(
    batch: list[Row],
    hashes: list[bytes],
    before: SealRow | None,
    *,
    horizon: int,
    mark: str,
    at: dt.datetime,
) -> SealRow:
    secret, origin = keys.signing_key()
    numbers = [row.number for row in batch]
    made = SealRow(
        seq=before.seq + 1 if before else 1,
        previous=before.hash() if before else ledger.FIRST,
        size=len(batch),
        first=min(numbers),
        last=max(numbers),
        horizon=horizon,
        root=merkle.root_of(hashes),
        mark=mark,
        at=at,
        nodes=b"",
        checkpoint="",
    )
    tree = ledger.tree_at(before.seq if before else 0)
    nodes = tree.add(made.hash())
    note = notes.sign(notes.Checkpoint(origin, tree.size, tree.root()), secret)
    return replace(made, nodes=b"".join(nodes), checkpoint=note)


def _kept(horizon: int, *, adopt: bool, more: bool) -> int:
    """Where the next round begins: with more of a restored tail to come, at the beginning."""
    return 0 if adopt and more else horizon


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _horizon() -> int:
    """The oldest transaction that may still be open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")
        return int(cursor.fetchone()[0])
