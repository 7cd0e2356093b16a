"""Importing a file: how fast its cases are looked at and written; beside COPY of the very rows that were
written, into tables of the same shape with the same indexes."""

import csv
import io
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import sql

from agencies.models import Member
from agencies.roles import Role
from benchmarks import people
from benchmarks.recording import as_role
from benchmarks.traces import line, one, untouched
from demo import builders as make
from edge import wall
from exchange import working
from exchange.actions import importing, making
from exchange.bench import Bench
from exchange.models import ImportJob
from exchange.workflow import IMPORT_WAITS
from launch.servers import WORKER

ROWS = 2_000
# What the cases of a file are written into, and what is written about that; each after what it names.
WRITTEN = (
    "cases_person", "cases_case", "cases_caseaccess", "cases_sealedgroup", "cases_nametoken",
    "cases_duplicatetoken", "cases_tokensheet", "cases_timelineentry", "cases_record",
    "cases_note", "exchange_origin", "audit_auditevent",
)  # fmt: skip
BESIDE = (
    "exchange_sealedfile", "exchange_filepiece", "exchange_importjob", "exchange_importrow",
    "cases_identitycount", "custody_purposekey",
)  # fmt: skip


def measured(_rounds: int) -> dict[str, Any]:
    with line() as db:
        seed = int(one(db, "SELECT coalesce(max(seed), 1) FROM bench.land"))
        db.commit()
        tables = (*BESIDE, *WRITTEN)
        with untouched(db, tables), as_role(WORKER), wall.acting(wall.MACHINE):
            before = {t: one(db, f"SELECT coalesce(max(id), 0) FROM {t}") for t in WRITTEN}
            db.commit()
            looked_at, written, statements = _imported(seed)
            copied = _copied(db, before)
    return {
        "rows": ROWS, "looked_at": round(ROWS / looked_at), "written": round(ROWS / written),
        "copied": round(ROWS / copied), "ratio": round(written / copied, 1),
        "statements": statements,
    }  # fmt: skip


def _imported(seed: int) -> tuple[float, float, float]:
    """Seconds of looking at the file and of writing its cases, and the statements of one of them."""
    worker = Member.objects.filter(role=Role.SOCIAL_WORKER, is_active=True).first()
    assert worker is not None, "the land is full of them"
    job = make.make_import(by=worker, content=_file(seed))
    begun = time.perf_counter()
    _until(job, "checked")
    looked_at = time.perf_counter() - begun
    importing.start(code=job.code, with_doubtful=True, by=worker, at=timezone.now())
    statements = _of_some(job)
    begun = time.perf_counter()
    _until(job, "done")
    return looked_at, time.perf_counter() - begun, statements


def _until(job: ImportJob, state: str) -> None:
    while (now := ImportJob.objects.get(pk=job.pk)).state != state:
        assert now.state in IMPORT_WAITS, f"the import is {now.state}: {now.fault}"
        working.work(seconds=30)


def _of_some(job: ImportJob) -> float:
    """How many statements a row takes, of the second that are written together: the first fill what
    is kept in memory."""
    bench, some = Bench(ImportJob.objects.get(pk=job.pk)), working.WRITTEN
    keys = list(job.rows.order_by("number").values_list("pk", flat=True)[: 2 * some])
    making.write_rows(bench=bench, keys=keys[:some])
    with CaptureQueriesContext(connection) as asked:
        making.write_rows(bench=bench, keys=keys[some:])
    return round(len(asked) / some, 1)


def _file(seed: int) -> bytes:
    """People of whom none is in the land."""
    dice = random.Random(f"{seed} file")
    file = io.StringIO(newline="")
    rows = [people.identity(seed + 1, dice.randrange(10**9)) for _ in range(ROWS)]
    names = sorted(
        {name for row in rows for name, value in row.items() if isinstance(value, str)}
    )
    sheet = csv.DictWriter(file, ["x_Reference", *names, "hte_City"], extrasaction="ignore")
    sheet.writeheader()
    for number, row in enumerate(rows):
        sheet.writerow(row | {"x_Reference": f"F-{number}", "hte_City": "Brest"})
    return file.getvalue().encode()


def _copied(db: psycopg.Connection[Any], before: dict[str, int]) -> float:
    """Seconds that COPY takes for the same rows, table after table, one commit for all."""
    with _alike(db):
        rows = {table: _taken_out(db, table, last) for table, last in before.items()}
        db.commit()
        begun = time.perf_counter()
        for table, content in rows.items():
            into = sql.SQL("COPY bench.{} FROM STDIN (FORMAT binary)").format(_like(table))
            with db.cursor() as cursor, cursor.copy(into) as copy:
                copy.write(content)
        db.commit()
        return time.perf_counter() - begun


def _taken_out(db: psycopg.Connection[Any], table: str, last: int) -> bytes:
    asked = sql.SQL("COPY (SELECT * FROM {} WHERE id > {}) TO STDOUT (FORMAT binary)").format(
        sql.Identifier(table), sql.Literal(last)
    )
    with db.cursor() as cursor, cursor.copy(asked) as copy:
        return b"".join(bytes(part) for part in copy)


@contextmanager
def _alike(db: psycopg.Connection[Any]) -> Iterator[None]:
    """Tables with the same columns, indexes and checks, and no rows."""
    make_ = sql.SQL("CREATE TABLE bench.{} (LIKE {} INCLUDING ALL)")
    drop = sql.SQL("DROP TABLE IF EXISTS bench.{}")
    for table in WRITTEN:
        db.execute(drop.format(_like(table)))
        db.execute(make_.format(_like(table), sql.Identifier(table)))
    db.commit()
    try:
        yield
    finally:
        db.rollback()
        for table in WRITTEN:
            db.execute(drop.format(_like(table)))
        db.commit()


def _like(table: str) -> sql.Identifier:
    return sql.Identifier(f"like_{table}")
