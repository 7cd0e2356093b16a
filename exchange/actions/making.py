"""Rows of a file become cases: many together, each of them whole or not at all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from agencies.queries import held
from audit import log
from cases.actions import bringing
from cases.actions.bringing import Begun
from exchange import doubled, origins, policy, store
from exchange.actions.importing import IMPORTER
from exchange.actions.moving import fault_of
from exchange.bench import Bench
from exchange.doubled import Place
from exchange.kept import Kept
from exchange.models import ImportJob, ImportRow
from exchange.origins import Came
from exchange.workflow import ImportState, RowState
from kernel.errors import Refused, SafehandError

_SAVE = """
    UPDATE exchange_importrow AS row
    SET state = now.state, faults = now.faults, case_id = now.case_id, content = NULL
    FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::bigint[])
        AS now (id, state, faults, case_id)
    WHERE row.id = now.id
"""
ONE_OF_A_REFERENCE = "one_case_of_a_reference"


@transaction.atomic
def begin_writing(*, job: ImportJob, by: log.Machine) -> None:
    """Whoever brought the file is still there and may begin cases; that its rows are opened is
    logged."""
    member = held(job.by)
    if not member.is_active:
        raise Refused("who_brought_it_has_left")
    policy.may_import(member).require()
    store.log_opening(job, by=by, why="import")


@transaction.atomic
def write_rows(*, bench: Bench, keys: Sequence[int]) -> bool:
    """Make a case of each of these rows, once; False where the job does not go on.

    The rows are held: another worker passes them by.
    """
    _wait_for_no_disk()
    held_rows = ImportRow.objects.select_for_update(skip_locked=True, of=("self",))
    rows = list(held_rows.select_related("job").filter(pk__in=keys).order_by("number"))
    if any(row.job.state != ImportState.IMPORTING for row in rows):
        return False
    waiting = [row for row in rows if row.state in {RowState.NEW, RowState.DOUBTFUL}]
    _write(bench, waiting)
    _save([row for row in waiting if row.state in {RowState.DONE, RowState.FAILED}])
    return True


def _save(rows: Sequence[ImportRow]) -> None:
    """What has become of each; what it said is gone."""
    columns = (
        [row.pk for row in rows], [row.state for row in rows],
        [json.dumps(row.faults) for row in rows], [row.case_id for row in rows],
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, columns)


def _wait_for_no_disk() -> None:
    """Should the database fall, the last rows may come back unwritten, with their cases: both are of
    one transaction, and transactions are lost in their order. They are then written again."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


@dataclass(frozen=True, slots=True)
class _Made:
    """A row of the file, and the case that it is about to become."""

    row: ImportRow
    kept: Kept
    begun: Begun
    place: Place


def _write(bench: Bench, rows: Sequence[ImportRow]) -> None:
    """All of them together. What only the database can find against one of them stands against all;
    then each is written alone."""
    made = _made(bench, rows)
    if not made:
        return
    try:
        with transaction.atomic():
            _bring(bench, made)
    except IntegrityError as fault:
        if _constraint(fault) != ONE_OF_A_REFERENCE:
            raise
        if len(made) > 1:
            # In the order in which they would all be written.
            for each in sorted(made, key=lambda one: one.place.token or b""):
                _write(bench, [each.row])
        # One alone came in by another file at this very moment: the next turn finds its case there.
    else:
        for each in made:
            each.row.state, each.row.case = RowState.DONE, each.begun.case


def _made(bench: Bench, rows: Sequence[ImportRow]) -> list[_Made]:
    """Those against which nothing stands; the others have failed."""
    job, at = bench.job, timezone.now()
    kept = [(row, Kept.from_text(bench.rows.open(row))) for row in rows]
    named = {bench.workers[one.worker] for _, one in kept if one.worker in bench.workers}
    taken = doubled.taken(bench.references, [one.reference for _, one in kept], by=job.by)
    can = bringing.can_work({job.by, *named}, of=job.agency)
    made = []
    for row, one in kept:
        wanted = (bench.workers.get(one.worker), job.by)
        worker = next((each for each in wanted if each is not None and each.pk in can), None)
        try:
            place = taken.place(one.reference)
            begun = bringing.begun(one.brought, worker=worker, by=job.by, at=at)
        except SafehandError as refusal:
            _fail(row, refusal)
        else:
            made.append(_Made(row, one, begun, place))
    return made


def _bring(bench: Bench, made: Sequence[_Made]) -> None:
    job, at = bench.job, timezone.now()
    bringing.bring(some=[each.begun for each in made], from_=job.code, by=job.by, at=at)
    origins.write([_came(each) for each in made], from_=job.code, at=at)
    for each in made:
        doubled.tell(each.place.hidden, each.begun.case, from_=job.code, by=IMPORTER, at=at)


def _came(made: _Made) -> Came:
    kept = made.kept
    said = kept.origin | _beside(made)
    return Came(made.begun.case, said, kept.reference, made.place.token)


def _beside(made: _Made) -> dict[str, Any]:
    """What stood beside records and notes in columns that are not the standard's, by their codes."""
    begun, kept = made.begun, made.kept
    codes = [row.code for row in begun.records] + [row.code for row in begun.notes]
    each = zip(codes, kept.beside_records + kept.beside_notes, strict=True)
    found = {code: beside for code, beside in each if beside}
    return {"beside": found} if found else {}


def _fail(row: ImportRow, refusal: SafehandError) -> None:
    row.state, row.faults = RowState.FAILED, [fault_of(row.row, refusal)]


def _constraint(fault: IntegrityError) -> str | None:
    """The name of what was violated."""
    cause = fault.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
