"""Shapes of imports and exports in the API."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from cases.workflow import State
from exchange import queries
from exchange.models import ExportJob, ImportJob, ImportRow
from exchange.sheets.entry import FileKind
from exchange.workflow import ExportReason, ExportState, ImportState, RowState

KINDS = [kind.value for kind in FileKind]


class ImportIn(serializers.Serializer[Any]):
    file = serializers.FileField(
        allow_empty_file=True,
        help_text="The workbook of the standard, CSV, or submissions of KoBoToolbox or ODK.",
    )
    kind = serializers.ChoiceField(
        KINDS, required=False, help_text="Found out by the content if it is not said."
    )


class StartIn(serializers.Serializer[Any]):
    with_doubtful = serializers.BooleanField(
        default=False, help_text="Also who may be somebody of the agency's own cases."
    )


class ExportIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS)
    reason = serializers.ChoiceField(ExportReason.choices)
    strict = serializers.BooleanField(
        default=False, help_text="Only the standard's own codes, in place of our additions."
    )
    states = serializers.ListField(
        child=serializers.ChoiceField(State.choices), default=list, max_length=len(State)
    )
    registered_from = serializers.DateField(required=False, allow_null=True, default=None)
    registered_until = serializers.DateField(required=False, allow_null=True, default=None)


class Nothing(serializers.Serializer[Any]):
    """An act that needs no body."""


class Counts(TypedDict):
    """How many of the file's cases stand how."""

    new: int
    doubtful: int
    known: int
    faulty: int
    done: int
    failed: int


class Progress(TypedDict):
    done: int
    of: int


class ImportLine(TypedDict):
    """`fault` says why the whole file was refused, `fault_row` where."""

    code: str
    state: ImportState
    kind: FileKind | None
    by: str
    received_at: dt.datetime
    checked_at: dt.datetime | None
    ended_at: dt.datetime | None
    expires_at: dt.datetime
    fault: str
    fault_row: int | None


class ImportShown(ImportLine):
    """`ignored` columns of the file are not known here; `rows` of it hold anything."""

    rows: int
    ignored: int
    counts: Counts
    progress: Progress | None
    verbs: list[str]


class FaultShown(TypedDict):
    row: int
    column: str
    code: str


class RowShown(TypedDict):
    """One case of the file; `case` is the one that it has become, or that it is or may be, where
    the caller sees that."""

    number: int
    row: int
    state: RowState
    faults: list[FaultShown]
    case: str | None


class ExportLine(TypedDict):
    code: str
    state: ExportState
    kind: FileKind
    strict: bool
    agency: str
    by: str
    reason: ExportReason
    states: list[State]
    registered_from: dt.date | None
    registered_until: dt.date | None
    count: int | None
    fetched: int
    fault: str
    asked_at: dt.datetime
    made_at: dt.datetime | None
    ended_at: dt.datetime | None
    expires_at: dt.datetime


def import_line(job: ImportJob) -> ImportLine:
    return {
        "code": job.code,
        "state": ImportState(job.state),
        "kind": FileKind(job.kind) if job.kind else None,
        "by": job.by.username,
        "received_at": job.received_at,
        "checked_at": job.checked_at,
        "ended_at": job.ended_at,
        "expires_at": job.expires_at,
        "fault": job.fault,
        "fault_row": job.fault_row,
    }


def import_shown(job: ImportJob, *, verbs: list[str]) -> ImportShown:
    counts = queries.counts(job)
    gone = queries.progress(job, counts)
    told: Any = {state.value: n for state, n in counts.items()}
    return {
        **import_line(job),
        "rows": job.height,
        "ignored": job.ignored,
        "counts": told,
        "progress": None if gone is None else {"done": gone[0], "of": gone[1]},
        "verbs": verbs,
    }


def row_shown(row: ImportRow, own: set[int]) -> RowShown:
    return {
        "number": row.number,
        "row": row.row,
        "state": RowState(row.state),
        "faults": row.faults,
        "case": row.case.code if row.case is not None and row.case_id in own else None,
    }


def export_line(job: ExportJob) -> ExportLine:
    return {
        "code": job.code,
        "state": ExportState(job.state),
        "kind": FileKind(job.kind),
        "strict": job.strict,
        "agency": job.agency.code,
        "by": job.by.username,
        "reason": ExportReason(job.reason),
        "states": job.states,
        "registered_from": job.registered_from,
        "registered_until": job.registered_until,
        "count": job.count,
        "fetched": job.fetched,
        "fault": job.fault,
        "asked_at": job.asked_at,
        "made_at": job.made_at,
        "ended_at": job.ended_at,
        "expires_at": job.expires_at,
    }
