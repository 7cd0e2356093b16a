"""What a worker does for files: a little at a time, so that it can be killed anywhere and goes on."""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import transaction
from django.utils import timezone

from cases import duplicates
from exchange import codes, queries, reader, store
from exchange.actions import checking, exporting, importing, making
from exchange.actions.exporting import EXPORTER
from exchange.actions.importing import IMPORTER, MOST_TRIES
from exchange.bench import Bench
from exchange.models import ImportJob
from exchange.sheets.entry import Entry, FileFault, FileKind, Unreadable
from exchange.workflow import ExportVerb, ImportState
from kernel.each import each_alone
from kernel.errors import SafehandError

# Cases that are looked at, and rows that become cases, in one transaction.
LOOKED_AT, WRITTEN = 200, 50


def work(*, seconds: float) -> bool:
    """Take what waits, one slice after the other, until nothing does or the time is over; whether
    something may still wait."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not (_one_import(until) or _one_export()):
            return False
    return True


def tend(at: dt.datetime) -> None:
    """End what is out of time, and what is no longer the agency's to take out."""
    with transaction.atomic():
        imports, exports = queries.over(at)
        gone = queries.open_to_nobody()
        importing.forget_faults(at=at)
    each_alone(imports, lambda code: importing.expire(code=code, by=IMPORTER, at=at))
    each_alone(exports, lambda code: _expire(code, at))
    each_alone(gone, lambda code: exporting.close(code=code, by=EXPORTER, at=at))


def _expire(code: str, at: dt.datetime) -> None:
    exporting.end(code=code, verb=ExportVerb.EXPIRE, why="time", by=EXPORTER, at=at)


def _one_export() -> bool:
    job = exporting.take(by=EXPORTER, at=timezone.now())
    if job is None:
        return False
    exporting.write_file(job=job, by=EXPORTER, at=timezone.now())
    return True


def _one_import(until: float) -> bool:
    """A slice of whichever import waits longest; False where none does."""
    job = importing.take(by=IMPORTER, at=timezone.now())
    if job is None:
        return False
    if job.tries > MOST_TRIES:
        _give_up(job)
    elif job.state == ImportState.CHECKING:
        _check(job, until)
    else:
        _write(job, until)
    return True


def _give_up(job: ImportJob) -> None:
    """Workers have ended over it again and again."""
    if job.state == ImportState.CHECKING:
        _refuse(job, FileFault.TOO_HEAVY, None)
    else:
        importing.stop_for_good(job=job, fault=FileFault.TOO_HEAVY, by=IMPORTER)


def _check(job: ImportJob, until: float) -> None:
    """Look at the file from where the last slice ended."""
    assert job.file is not None, "an import that goes on has its file"
    kind = FileKind(job.kind) if job.kind else None
    try:
        with transaction.atomic():
            looked_at, last = queries.looked_at(job)
            parts = list(store.parts_of(job.file, by=IMPORTER, about=job.code, why="check"))
        with reader.opened(parts, kind=kind, lists=codes.all_lists(), after=last) as sheet:
            if not looked_at:
                checking.begin_checking(job=job, head=sheet.head)
            _look(Bench(job), sheet, looked_at, until)
    except Unreadable as fault:
        _refuse(job, fault.code, fault.row or None)
    except store.CannotOpen:
        _refuse(job, FileFault.BROKEN, None)


def _look(bench: Bench, sheet: Iterable[Entry], looked_at: int, until: float) -> None:
    entries = iter(sheet)
    number = looked_at + 1
    while some := list(islice(entries, LOOKED_AT)):
        checking.check_rows(bench=bench, entries=some, first=number, at=timezone.now())
        number += len(some)
        if time.monotonic() > until:
            importing.release(job=bench.job, at=timezone.now())
            return
    checking.finish_checking(job=bench.job, by=IMPORTER, at=timezone.now())


def _refuse(job: ImportJob, fault: FileFault, row: int | None) -> None:
    importing.refuse(job=job, fault=str(fault), row=row, by=IMPORTER, at=timezone.now())


def _write(job: ImportJob, until: float) -> None:
    """Make cases of rows until the time is over, nothing is left, or somebody stops it."""
    with store.for_one_request():
        try:
            making.begin_writing(job=job, by=IMPORTER)
        except SafehandError as refusal:
            importing.stop_for_good(job=job, fault=refusal.code, by=IMPORTER)
            return
        bench = Bench(job)
        for keys in _keys(job):
            if not making.write_rows(bench=bench, keys=keys):
                return
            if time.monotonic() > until:
                importing.release(job=job, at=timezone.now())
                return
        importing.finish(job=job, by=IMPORTER, at=timezone.now())
    duplicates.wake()


def _keys(job: ImportJob) -> Iterator[list[int]]:
    """The rows that are still to be written, some at a time."""
    last = 0
    while some := queries.keys_after(job, last, most=WRITTEN):
        yield [key for key, _ in some]
        last = some[-1][1]
        importing.hold_on(job=job, at=timezone.now())
