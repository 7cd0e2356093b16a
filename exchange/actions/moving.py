"""What every act on a job has in common: hold it, make the step, write it down, wake a worker."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction

from audit import log
from edge import waking
from exchange import queries, store
from exchange.models import ExportJob, ImportJob
from exchange.workflow import (
    EXPORT,
    IMPORT,
    IMPORT_ENDED,
    ExportState,
    ExportVerb,
    ImportState,
    ImportVerb,
)
from kernel.errors import SafehandError

Job = TypeVar("Job", ImportJob, ExportJob)
TASK = "exchange.work"
# How long a worker has a job in hand before another may take it for lost.
LEASE = dt.timedelta(minutes=6)


def locked_import(code: str) -> ImportJob:
    rows = ImportJob.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agency", "by__agency", "file").get(code=code)


def locked_export(code: str) -> ExportJob:
    rows = ExportJob.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agency", "by__agency", "file").get(code=code)


def move_import(
    job: ImportJob,
    verb: ImportVerb,
    *,
    by: log.Actor,
    facts: Mapping[str, log.Fact] | None = None,
    **changes: Any,
) -> None:
    """One step of the workflow, with what changes by it and what the log is told beside; the end of
    an import takes its file along."""
    target = IMPORT.step(verb, state=ImportState(job.state)).target
    save(job, state=target, **changes)
    told: dict[str, log.Fact] = {"to": target.value, **(facts or {})}
    log.record(f"import.{verb}", by=by, about=job.code, facts=told)
    if target in IMPORT_ENDED:
        forget(job)


def move_export(
    job: ExportJob, verb: ExportVerb, *, by: log.Actor, why: str = "", **changes: Any
) -> None:
    target = EXPORT.step(verb, state=ExportState(job.state)).target
    save(job, state=target, **changes)
    facts: dict[str, log.Fact] = {"to": target.value, "why": why}
    log.record(f"export.{verb}", by=by, about=job.code, facts=facts)
    if target in {ExportState.EXPIRED, ExportState.REVOKED, ExportState.FAILED}:
        forget(job)


def save(job: ImportJob | ExportJob, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(job, name, value)
    job.version += 1
    job.save(update_fields=[*changes, "version"])


def forget(job: ImportJob | ExportJob) -> None:
    """Destroy its file with the key, and what rows still hold under it."""
    file, job.file = job.file, None
    job.save(update_fields=["file"])
    store.destroy(file)
    if isinstance(job, ImportJob):
        job.rows.filter(content__isnull=False).update(content=None)


def wake_soon() -> None:
    """Once this has committed. Not a promise: the sweep finds what was missed."""
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Names no job: a worker takes what waits."""
    waking.wake(TASK)


def hits_of(job: ImportJob) -> dict[str, log.Fact]:
    """Of a look the same is logged as of any other search."""
    found = queries.hits(job)
    return {"hits": len(found), "digest": log.digest_of(found)}


def fault_of(row: int, refusal: SafehandError) -> dict[str, Any]:
    """What stands against a row of the file: where and why, never what stands there."""
    column = refusal.pointer.strip("/").split("/")[0]
    return {"row": row, "column": column, "code": refusal.code}
