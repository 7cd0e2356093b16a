"""A file is looked at: what would become of each of its cases. Nothing is written of any yet."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from agencies.calendar import day_of
from audit import log
from cases import duplicates
from cases import policy as case_policy
from cases.actions import bringing
from exchange import queries
from exchange.actions.moving import LEASE, fault_of, hits_of, locked_import, move_import
from exchange.bench import Bench
from exchange.kept import Kept
from exchange.models import ImportJob, ImportRow
from exchange.placing import Placed, placed
from exchange.sheets.entry import Entry, Head
from exchange.workflow import ImportState, ImportVerb, RowState
from kernel.errors import Invalid, Refused
from kernel.groups import DataGroup


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
            row.content = bench.rows.seal(row, Kept.of(look.placed, look.reference).text())
    ImportRow.objects.bulk_create(look.row for look in looks)
    job.held_until, job.tries = at + LEASE, 0
    job.save(update_fields=["held_until", "tries"])


@transaction.atomic
def finish_checking(*, job: ImportJob, by: log.Machine, at: dt.datetime) -> None:
    """All is looked at. What came in is not needed any more: what will be is kept with its row."""
    job = locked_import(job.code)
    move_import(
        job, ImportVerb.READY, by=by, facts=hits_of(job), checked_at=at, held_until=None
    )
    assert job.file is not None, "until the import ends"
    job.file.pieces.all().delete()


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
    faults += [fault_of(entry.row, each) for each in refusals]
    if not faults and not (clean.groups or clean.records or clean.notes):
        faults = [fault_of(entry.row, Invalid("nothing_written"))]
    state = RowState.FAULTY if faults else RowState.NEW
    row = ImportRow(job=job, number=number, row=entry.row, state=state, faults=faults)
    return _Look(row, found, entry.reference)


def _find_known(looks: Iterable[_Look], bench: Bench) -> None:
    """By its reference it is known already to whoever brought it."""
    open_ = [look for look in looks if look.reference and look.row.state == RowState.NEW]
    tokens = {
        token: look.reference
        for look in open_
        for token in bench.references.tokens(look.reference)
    }
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
