"""What every act on a job has in common: hold it, make the step, write it down, wake a worker."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from agencies.roles import Role
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
from notify import outbox
from notify.audience import To
from notify.notices import Kind

Job = TypeVar("Job", ImportJob, ExportJob)
TASK = "exchange.work"
# How long a worker has a job in hand before another may take it for lost.
LEASE = dt.timedelta(minutes=6)
# By the events of the log: what whoever brought the file or asked for it is told, where a machine
# has made the step.
TOLD = {
    "import.ready": Kind.IMPORT_CHECKED,
    "import.refuse": Kind.IMPORT_REFUSED,
    "import.finish": Kind.IMPORT_DONE,
    "import.stop": Kind.IMPORT_STOPPED,
    "import.expire": Kind.IMPORT_EXPIRED,
    "export.finish": Kind.EXPORT_READY,
    "export.fail": Kind.EXPORT_FAILED,
    "export.revoke": Kind.EXPORT_CLOSED,
}


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
    _record(job, f"import.{verb}", told, by=by)
    if target in IMPORT_ENDED:
        forget(job)


def move_export(
    job: ExportJob, verb: ExportVerb, *, by: log.Actor, why: str = "", **changes: Any
) -> None:
    target = EXPORT.step(verb, state=ExportState(job.state)).target
    save(job, state=target, **changes)
    facts: dict[str, log.Fact] = {"to": target.value, "why": why}
    _record(job, f"export.{verb}", facts, by=by)
    if target in {ExportState.EXPIRED, ExportState.REVOKED, ExportState.FAILED}:
        forget(job)


def _record(
    job: ImportJob | ExportJob, event: str, facts: Mapping[str, log.Fact], *, by: log.Actor
) -> None:
    """Write the step down, and tell of it: with the step, so once. Where they have left, the
    supervisors are told, who see the job as well."""
    log.record(event, by=by, about=job.code, facts=facts)
    if isinstance(by, log.Machine) and event in TOLD:
        to = To(Role.SUPERVISOR, job.agency, job.by)
        outbox.publish(TOLD[event], subject=job.code, to=to, at=timezone.now())


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
