"""The sealer beside sixteen who write: how fast it closes what waits, whether it misses any, and how
long an event waits for its seal.

The control is a cursor that goes by numbers, "all above the last one that I saw": it misses what
commits late.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

import psycopg
from django.utils import timezone

from audit import keys, leaf, ledger, log, sealer
from benchmarks import crowd
from benchmarks.recording import as_role
from benchmarks.traces import line, one, swept, untouched
from config.celery import app
from edge import wall
from kernel import merkle
from launch.servers import WEB, WORKER

EACH, ROUNDS = 400, 3
EVENTS = crowd.CLIENTS * EACH
COLUMNS = 'event_id, happened_at, event, actor, agency, role, about, "case", groups, request_id, facts, leaf'
# As audit.log writes it; its leaf was made where the key is.
ONE = f"""INSERT INTO audit_auditevent (xid, {COLUMNS})
SELECT (pg_current_xact_id()::text)::bigint, {COLUMNS} FROM bench.events WHERE n = :n;
"""
# With a little work after the event, so that numbers and commits come in different orders.
AT_WORK = f"""BEGIN;
{" ".join(ONE.split())}
\\sleep 3 ms
INSERT INTO bench.written SELECT event_id, clock_timestamp() FROM bench.events WHERE n = :n;
COMMIT;
"""
# What stays after an event was told, of each kind of act.
MADE = ("bench.events", "bench.written")


def measured(_rounds: int) -> dict[str, Any]:
    pause = float(app.conf.beat_schedule["seal the log"]["schedule"])
    with line() as db, begun(db):
        rates = [_rates(db) for _ in range(ROUNDS)]
        found = {
            "written": round(median(written for written, _ in rates)),
            "sealed": round(median(sealed for _, sealed in rates)),
            "ratio": round(median(sealed / written for written, sealed in rates), 2),
            "batch": sealer.MOST,
        }
        return found | {"beside_writers": _beside_writers(db, pause), "pause": pause}


@contextmanager
def begun(db: psycopg.Connection[Any]) -> Iterator[None]:
    """A log whose first seal lies behind all that was filled in, and events to write into it."""
    db.execute("CREATE TABLE bench.written (event_id uuid, at timestamptz)")
    db.execute(
        f"CREATE TABLE bench.events AS SELECT 0 AS n, {COLUMNS} FROM audit_auditevent LIMIT 0"
    )
    secret = keys.writing_key()
    actor = log.Machine("bench0.0", role="social_worker", agency_code="AG-BENCH")
    with (
        db.cursor() as cursor,
        cursor.copy(f"COPY bench.events (n, {COLUMNS}) FROM STDIN") as copy,
    ):
        for n in range(1, EVENTS + 1):
            said = log.said_of(
                "read", by=actor, about="PR-BENCH", case="SH-BENCH",
                groups=["identity", "contact"], facts={"why": "request"},
            )  # fmt: skip
            mark = leaf.leaf_of(said, leaf.key_of(secret, said.event_id))
            copy.write_row([n, *log.columns_of(said), mark])
    db.execute("ALTER TABLE bench.events ADD PRIMARY KEY (n)")
    db.execute(f"GRANT USAGE ON SCHEMA bench TO {WEB}")
    db.execute(f"GRANT SELECT, INSERT ON {', '.join(MADE)} TO {WEB}")
    db.commit()
    with untouched(db, ["audit_seal"], key="seq"), untouched(db, ["audit_auditevent"]):
        _first_seal(db)
        try:
            yield
        finally:
            db.rollback()
            db.execute(f"DROP TABLE {', '.join(MADE)}")
            db.commit()


def _first_seal(db: psycopg.Connection[Any]) -> None:
    horizon = one(db, "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")
    db.commit()
    before = ledger.newest()
    made = ledger.SealRow(
        seq=before.seq + 1 if before else 1,
        previous=before.hash() if before else ledger.FIRST,
        size=0, first=0, last=0, horizon=horizon, root=merkle.root_of([]), mark="",
        at=timezone.now(), nodes=b"", checkpoint="",
    )  # fmt: skip
    nodes = ledger.tree_at(made.seq - 1).add(made.hash())
    row = made.stored()
    row.nodes = b"".join(nodes)
    row.save(force_insert=True)


def _rates(db: psycopg.Connection[Any]) -> tuple[float, float]:
    """Events a second that sixteen write, with nothing else in their transactions; and that are
    sealed of what then waits."""
    with _forgotten(db):
        written = crowd.burst(ONE, role=WEB, each=EACH).rate
        with as_role(WORKER), wall.acting(wall.MACHINE):
            begun = time.perf_counter()
            _seal_all({})
            passed = time.perf_counter() - begun
        sealed = one(db, "SELECT count(*) FROM audit_leaf JOIN bench.events USING (event_id)")
        assert sealed == EVENTS, f"{sealed} of {EVENTS} are sealed"
        db.commit()
    return written, EVENTS / passed


def _beside_writers(db: psycopg.Connection[Any], pause: float) -> dict[str, Any]:
    """Sixteen write while the sealer looks every `pause` seconds, as its timetable says."""
    sealed: dict[int, float] = {}
    seen: set[Any] = set()
    written: list[crowd.Burst] = []
    with _forgotten(db):
        last = one(db, "SELECT coalesce(max(id), 0) FROM audit_auditevent")
        db.execute("TRUNCATE bench.written")
        db.commit()
        writing = threading.Thread(
            target=lambda: written.append(crowd.burst(AT_WORK, role=WEB, each=EACH))
        )
        naive = threading.Thread(target=_by_number, args=(last, seen, writing))
        writing.start()
        naive.start()
        with as_role(WORKER), wall.acting(wall.MACHINE):
            while writing.is_alive():
                begun = time.monotonic()
                _seal_all(sealed)
                time.sleep(max(0.0, begun + pause - time.monotonic()))
            naive.join()
            _seal_all(sealed)
        rows = db.execute(
            "SELECT w.event_id, extract(epoch FROM w.at)::float8, l.seal FROM bench.written w"
            " LEFT JOIN audit_leaf l USING (event_id)"
        ).fetchall()
        db.commit()
    lags = [sealed[seal] - at for _, at, seal in rows if seal is not None]
    hundredths = quantiles(lags, n=100)
    return {
        "rate": round(written[0].rate), "events": len(rows),
        "missed": sum(seal is None for _, _, seal in rows),
        "missed_by_number": sum(event not in seen for event, _, _ in rows),
        "lag_p50": round(hundredths[49], 3), "lag_p99": round(hundredths[98], 3),
    }  # fmt: skip


def _by_number(last: int, seen: set[Any], writing: threading.Thread) -> None:
    """The control: all above the last number, again and again."""
    with line(autocommit=True) as db:
        more = True
        while more or writing.is_alive():
            more = False
            for number, event in db.execute(
                "SELECT id, event_id FROM audit_auditevent WHERE id > %s ORDER BY id", [last]
            ):
                seen.add(event)
                last, more = number, True
            time.sleep(0.02)


def _seal_all(sealed: dict[int, float]) -> None:
    """As the task does it; when each seal was there for all to see is kept."""
    while (done := sealer.seal_next(at=timezone.now())) is not None:
        sealed[done.seal.seq] = time.time()
        if not done.more:
            break


@contextmanager
def _forgotten(db: psycopg.Connection[Any]) -> Iterator[None]:
    with untouched(db, ["audit_auditevent"]), untouched(db, ["audit_seal"], key="seq"):
        try:
            yield
        finally:
            db.rollback()
            db.execute("SET LOCAL session_replication_role = replica")
            db.execute(
                "DELETE FROM audit_leaf WHERE event_id IN (SELECT event_id FROM bench.events)"
            )
            db.commit()
            swept(db, ["audit_leaf"])
