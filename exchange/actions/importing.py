"""A file comes in, is looked at, is said yes to; and what a worker does for it, piece by piece."""

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Min

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases.models import Case
from documents.receiving import Received
from exchange import policy, queries, store
from exchange.actions.moving import LEASE, hits_of, locked_import, move_import, wake_soon
from exchange.models import ImportJob
from exchange.sheets.entry import FileKind
from exchange.workflow import ImportState, ImportVerb, RowState
from kernel.errors import Invalid, Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind

IMPORTER = log.Machine("importer")
# A job over which workers ended so often without any progress is not tried again.
MOST_TRIES = 4


@transaction.atomic
def receive(
    *, received: Received, kind: FileKind | None, by: Member, at: dt.datetime
) -> ImportJob:
    """A file comes in. Nothing becomes of it but a look at what would be, until somebody says yes."""
    policy.may_import(by).require()
    if received.too_large:
        raise Invalid("document_too_large", pointer="/file")
    if not received.size:
        raise Invalid("document_is_empty", pointer="/file")
    job = ImportJob(
        agency=by.agency, by=by, kind=kind or "", received_at=at,
        digest=store.digest_of(by.agency, received.sha256),
        expires_at=at + dt.timedelta(days=settings.FILES_KEPT_DAYS),
    )  # fmt: skip
    job.file = store.keep_received(received, by=by)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as fault:
        # By the constraint, so that of two at once one is told, too.
        raise Refused("same_file") from fault
    log.record("import.received", by=by, about=job.code, facts={"size": received.size})
    wake_soon()
    return job


@transaction.atomic
def start(*, code: str, with_doubtful: bool, by: Member, at: dt.datetime) -> ImportJob:
    """Yes: cases are made of what is new, and if so wanted of what may be here already."""
    job = _decided(code, ImportVerb.START, by=by)
    move_import(
        job,
        ImportVerb.START,
        by=by,
        with_doubtful=with_doubtful,
        held_until=None,
        tries=0,
        fault="",
    )
    wake_soon()
    return job


@transaction.atomic
def stop(*, code: str, by: Member, at: dt.datetime) -> ImportJob:
    """What is written stays; the rest waits, and can go on."""
    job = _decided(code, ImportVerb.STOP, by=by)
    move_import(job, ImportVerb.STOP, by=by)
    return job


@transaction.atomic
def discard(*, code: str, by: Member, at: dt.datetime) -> ImportJob:
    """Nothing more comes of it, and its file is destroyed."""
    job = _decided(code, ImportVerb.DISCARD, by=by)
    move_import(job, ImportVerb.DISCARD, by=by, ended_at=at)
    return job


def _decided(code: str, verb: ImportVerb, *, by: Member) -> ImportJob:
    job = locked_import(code)
    policy.may_decide(by, verb, job).require()
    return job


# What a worker does


@transaction.atomic
def take(*, by: log.Machine, at: dt.datetime) -> ImportJob | None:
    """The job whose turn it is, held for a while; None if nothing waits."""
    job = queries.waiting_import(at)
    if job is None:
        return None
    job.held_until, job.tries = at + LEASE, job.tries + 1
    job.save(update_fields=["held_until", "tries"])
    if job.state == ImportState.RECEIVED:
        move_import(job, ImportVerb.CHECK, by=by)
    return job


@transaction.atomic
def release(*, job: ImportJob, at: dt.datetime) -> None:
    """Its turn is over for now, and something was done in it."""
    ImportJob.objects.filter(pk=job.pk).update(held_until=at, tries=0)


@transaction.atomic
def hold_on(*, job: ImportJob, at: dt.datetime) -> None:
    """Something was done; it goes on in the same hands."""
    ImportJob.objects.filter(pk=job.pk).update(held_until=at + LEASE, tries=0)


@transaction.atomic
def refuse(
    *, job: ImportJob, fault: str, row: int | None, by: log.Machine, at: dt.datetime
) -> None:
    """The whole file cannot be read."""
    job = locked_import(job.code)
    move_import(
        job,
        ImportVerb.REFUSE,
        by=by,
        facts=hits_of(job),
        fault=fault,
        fault_row=row,
        ended_at=at,
    )


@transaction.atomic
def finish(*, job: ImportJob, by: log.Machine, at: dt.datetime) -> None:
    """Every row has become what it was to become."""
    job = locked_import(job.code)
    if job.state != ImportState.IMPORTING:
        return
    if queries.to_write(job).exists():
        # Another worker has one in hand.
        release(job=job, at=at)
        return
    _tell_workers(job, at)
    move_import(job, ImportVerb.FINISH, by=by, ended_at=at)


@transaction.atomic
def stop_for_good(*, job: ImportJob, fault: str, by: log.Machine) -> None:
    """Workers have ended over it again and again, or its member has left or may no longer begin
    cases: somebody must look at it."""
    job = locked_import(job.code)
    if job.state != ImportState.IMPORTING:
        return
    move_import(job, ImportVerb.STOP, by=by, fault=fault, held_until=None, tries=0)


@transaction.atomic
def expire(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    job = locked_import(code)
    _tell_workers(job, at)
    move_import(job, ImportVerb.EXPIRE, by=by, ended_at=at)


@transaction.atomic
def forget_faults(*, at: dt.datetime) -> None:
    """With the file's time ends what was wrong with its rows: it names columns of the file."""
    queries.faults_out_of_time(at).update(faults=[])


def _tell_workers(job: ImportJob, at: dt.datetime) -> None:
    """Each colleague to whom the file gave cases is told once, by the first of them; so are the
    supervisors of those that nobody works on."""
    given = job.rows.filter(state=RowState.DONE, case__owner=job.agency)
    firsts = (
        given.exclude(case__worker=job.by).values("case__worker").annotate(first=Min("case"))
    )
    cases = Case.objects.filter(pk__in=[each["first"] for each in firsts])
    for case in cases.select_related("owner", "worker__agency").order_by("pk"):
        if case.worker is None:
            kind, to = Kind.TASK_SET, To(Role.SUPERVISOR, case.owner)
        else:
            kind, to = Kind.CASE_ASSIGNED, To(Role.SOCIAL_WORKER, case.owner, case.worker)
        outbox.publish(kind, subject=case.code, to=to, at=at)
