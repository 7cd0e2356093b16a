"""A file comes in, is looked at, is said yes to; and what a worker does for it, piece by piece."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Min
from django.utils import timezone

from agencies.calendar import day_of
from agencies.models import Member
from agencies.queries import held
from agencies.roles import Role
from audit import log
from cases import duplicates
from cases import policy as case_policy
from cases.actions import bringing
from cases.actions.bringing import Brought, Written
from cases.models import Case
from cases.workflow import RecordKind
from documents.receiving import Received
from exchange import origins, policy, queries, store
from exchange.actions.moving import locked_import, move_import, wake_soon
from exchange.models import ImportJob, ImportRow
from exchange.placing import Placed, placed
from exchange.sheets.entry import Entry, FileKind, Head
from exchange.workflow import ImportState, ImportVerb, RowState
from kernel.errors import Invalid, Refused, SafehandError
from kernel.groups import DataGroup
from notify import outbox
from notify.audience import To
from notify.notices import Kind

IMPORTER = log.Machine("importer")
# How long a worker has a job in hand before another may take it for lost.
LEASE = dt.timedelta(minutes=6)
# A job over which workers ended so often without any progress is not tried again.
MOST_TRIES = 4
ALREADY, ONE_OF_A_REFERENCE = "is_here_already", "one_case_of_a_reference"


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
        job, ImportVerb.REFUSE, by=by, facts=_hits(job), fault=fault, fault_row=row, ended_at=at
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


@dataclass
class Bench:
    """What does not change from row to row of a job."""

    job: ImportJob

    @cached_property
    def rows(self) -> store.Rows:
        return store.Rows(self.job)

    @cached_property
    def references(self) -> store.References:
        return store.References(self.job.agency)

    @cached_property
    def workers(self) -> dict[str, Member]:
        return queries.workers_of(self.job.agency)


@transaction.atomic
def begin_checking(*, job: ImportJob, head: Head) -> None:
    """What is known of the file before its first row."""
    ImportJob.objects.filter(pk=job.pk).update(
        kind=head.kind, height=head.entries, ignored=len(head.ignored)
    )


@transaction.atomic
def check_rows(*, bench: Bench, entries: Sequence[Entry], first: int, at: dt.datetime) -> None:
    """Look at some cases of the file: write down what would become of each. `first` is the place of
    the first of them in the file."""
    job = locked_import(bench.job.code)
    if job.state != ImportState.CHECKING:
        raise Refused(f"cannot_check_when_{job.state}", state=job.state)
    looks = [_look(entry, n, job, at) for n, entry in enumerate(entries, first)]
    _find_known(looks, bench)
    _find_doubtful(looks, job, at)
    for look in looks:
        row = look.row
        if row.state in {RowState.NEW, RowState.DOUBTFUL}:
            row.content = bench.rows.seal(row, _written(look.placed, look.reference))
    ImportRow.objects.bulk_create(look.row for look in looks)
    job.held_until, job.tries = at + LEASE, 0
    job.save(update_fields=["held_until", "tries"])


@transaction.atomic
def finish_checking(*, job: ImportJob, by: log.Machine, at: dt.datetime) -> None:
    """All is looked at. What came in is not needed any more: what will be is kept with its row."""
    job = locked_import(job.code)
    move_import(job, ImportVerb.READY, by=by, facts=_hits(job), checked_at=at, held_until=None)
    assert job.file is not None, "until the import ends"
    job.file.pieces.all().delete()


@transaction.atomic
def begin_writing(*, job: ImportJob, by: log.Machine, at: dt.datetime) -> None:
    """Whoever brought the file is still there and may begin cases; that its rows are opened is
    logged."""
    member = held(job.by)
    if not member.is_active:
        raise Refused("who_brought_it_has_left")
    policy.may_import(member).require()
    store.log_opening(job, by=by, why="import")


@transaction.atomic
def write_row(*, bench: Bench, key: int, by: log.Machine) -> bool:
    """Make a case of the row, all of it or nothing, once; False where the job does not go on.

    The row is held: another worker passes it by.
    """
    _wait_for_no_disk()
    rows = ImportRow.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.select_related("job").filter(pk=key).first()
    if row is None or row.state not in {RowState.NEW, RowState.DOUBTFUL}:
        return True
    if row.job.state != ImportState.IMPORTING:
        return False
    said = json.loads(bench.rows.open(row))
    try:
        with transaction.atomic():
            row.case = _bring(bench, said)
    except SafehandError as refusal:
        row.state, row.faults = RowState.FAILED, [_fault(row.row, refusal)]
    except IntegrityError as fault:
        if _constraint(fault) != ONE_OF_A_REFERENCE:
            raise
        # It came in by another file meanwhile.
        row.state, row.faults = RowState.FAILED, [_fault(row.row, Refused(ALREADY))]
    else:
        row.state = RowState.DONE
    row.content = None
    row.save(update_fields=["state", "faults", "case", "content"])
    return True


def _constraint(fault: IntegrityError) -> str | None:
    """The name of what was violated."""
    cause = fault.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def _wait_for_no_disk() -> None:
    """Should the database fall, the last rows may come back unwritten, with their cases: both are of
    one transaction, and transactions are lost in their order. They are then written again."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def _bring(bench: Bench, said: dict[str, Any]) -> Case:
    job, now = bench.job, timezone.now()
    written = bringing.bring(
        brought=_brought(said["brought"]), from_=job.code,
        worker=bench.workers.get(said["worker"], job.by), by=job.by, at=now,
    )  # fmt: skip
    token = bench.references.token(said["reference"]) if said["reference"] else None
    origin = said["origin"] | _beside(written, said)
    origins.write(
        written.case, origin, reference=said["reference"], token=token, from_=job.code, at=now
    )
    return written.case


def _beside(written: Written, said: dict[str, Any]) -> dict[str, Any]:
    """What stood beside records and notes in columns that are not the standard's, by their codes."""
    pairs = [
        *zip(written.records, said["beside_records"], strict=True),
        *zip(written.notes, said["beside_notes"], strict=True),
    ]
    found = {code: beside for code, beside in pairs if beside}
    return {"beside": found} if found else {}


@dataclass
class _Look:
    """One case of the file, looked at."""

    row: ImportRow
    placed: Placed
    reference: str


def _look(entry: Entry, number: int, job: ImportJob, at: dt.datetime) -> _Look:
    found = placed(entry)
    clean, refusals = bringing.checked_whole(found.brought, on=day_of(job.agency, at))
    found.brought = clean
    faults = [{"row": f.row, "column": f.column, "code": str(f.code)} for f in entry.faults]
    faults += [_fault(entry.row, each) for each in refusals]
    if not faults and not (clean.groups or clean.records or clean.notes):
        faults = [_fault(entry.row, Invalid("nothing_written"))]
    state = RowState.FAULTY if faults else RowState.NEW
    row = ImportRow(job=job, number=number, row=entry.row, state=state, faults=faults)
    return _Look(row, found, entry.reference)


def _find_known(looks: Iterable[_Look], bench: Bench) -> None:
    """By its reference it is known already to whoever brought it."""
    open_ = [look for look in looks if look.reference and look.row.state == RowState.NEW]
    tokens = {bench.references.token(look.reference): look.reference for look in open_}
    here = queries.known(bench.job.by, tokens) if tokens else {}
    for look in open_:
        if (case := here.get(look.reference)) is not None:
            look.row.state, look.row.case_id = RowState.KNOWN, case


def _find_doubtful(looks: Iterable[_Look], job: ImportJob, at: dt.datetime) -> None:
    """Who looks like somebody of a case that whoever brought the file may search; no other is told of.
    Each that is compared counts as a new identity, whatever becomes of the file."""
    open_ = {
        n: look.placed.brought.groups[DataGroup.IDENTITY]
        for n, look in enumerate(looks)
        if look.row.state == RowState.NEW and DataGroup.IDENTITY in look.placed.brought.groups
    }
    if not open_:
        return
    duplicates.count(job.by, on=at.date(), n=len(open_))
    among = case_policy.owned_and_visible_to(job.by)
    alike = duplicates.alike_in(job.agency, open_, among=among)
    for n, look in enumerate(looks):
        if n in alike:
            look.row.state, look.row.case_id = RowState.DOUBTFUL, alike[n]


def _hits(job: ImportJob) -> dict[str, log.Fact]:
    """Of a look the same is logged as of any other search."""
    found = queries.hits(job)
    return {"hits": len(found), "digest": log.digest_of(found)}


def _fault(row: int, refusal: SafehandError) -> dict[str, Any]:
    column = refusal.pointer.strip("/").split("/")[0]
    return {"row": row, "column": column, "code": refusal.code}


def _written(found: Placed, reference: str) -> str:
    brought = found.brought
    said = {
        "brought": {
            "person": brought.person, "groups": brought.groups, "records": brought.records,
            "notes": brought.notes,
        },
        "beside_records": found.beside_records, "beside_notes": found.beside_notes,
        "worker": found.worker, "origin": found.origin, "reference": reference,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def _brought(said: dict[str, Any]) -> Brought:
    return Brought(
        person=said["person"],
        groups={DataGroup(group): values for group, values in said["groups"].items()},
        records=[(RecordKind(kind), values) for kind, values in said["records"]],
        notes=said["notes"],
    )
