"""What every act on a job has in common: hold it, make the step, write it down, wake a worker."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction

from audit import log
from edge import waking
from exchange import store
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

Job = TypeVar("Job", ImportJob, ExportJob)
TASK = "exchange.work"


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
