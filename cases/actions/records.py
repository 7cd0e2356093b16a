"""Write, change, retract and read the records of a case."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from agencies import codelists
from agencies.models import Member
from cases import deadlines, policy, timeline, vault
from cases.actions.lifecycle import locked
from cases.actions.person import birth_date
from cases.models import Case, Record
from cases.policy import Verb
from cases.records import FIELDS, GROUP
from cases.workflow import RecordKind
from kernel import fields
from kernel.errors import Denied, Invalid, Refused, Stale

Values = dict[str, Any]


@transaction.atomic
def write(
    *, code: str, kind: RecordKind, values: Values, by: Member, at: dt.datetime
) -> Record:
    """A new record of the case. There is one safety plan, which is changed."""
    case = locked(code)
    policy.may(by, Verb.RECORD, case).require()
    clean = _checked(case, kind, values, by=by, at=at)
    if kind is RecordKind.SAFETY_PLAN and _live(case).filter(kind=kind).exists():
        raise Refused("safety_plan_is_there")
    record = Record(case=case, kind=kind, written_at=at, written_by=by)
    record.content = _sealed(record, clean)
    record.save(force_insert=True)
    _log(record, "record.written", by=by, at=at)
    return record


@transaction.atomic
def change(*, code: str, values: Values, version: int, by: Member, at: dt.datetime) -> Record:
    """Other values in place of what was there, judged on the version the writer saw."""
    record = _held(code, by=by)
    if record.version != version:
        raise Stale("stale_version")
    clean = _checked(record.case, RecordKind(record.kind), values, by=by, at=at)
    record.content = _sealed(record, clean)
    record.written_at, record.written_by = at, by
    _save(record, "content", "written_at", "written_by")
    _log(record, "record.changed", by=by, at=at)
    return record


@transaction.atomic
def retract(*, code: str, by: Member, at: dt.datetime) -> Record:
    """It was wrong: it is kept, and shown no more."""
    record = _held(code, by=by)
    record.retracted_at = at
    _save(record, "retracted_at")
    _log(record, "record.retracted", by=by, at=at)
    return record


@transaction.atomic
def read(*, case: Case, records: Iterable[Record], by: Member) -> dict[str, Values]:
    """The values of these records of the case by code, if every one of them is open to the reader."""
    wanted = list(records)
    if not {RecordKind(each.kind) for each in wanted} <= policy.kinds_open_to(by, case):
        raise Denied("group_not_open")
    texts = vault.open_texts(
        case.person,
        {each.code: bytes(each.content) for each in wanted},
        by=by,
        case=case.code,
        what="records",
        groups={group for each in wanted if (group := GROUP[RecordKind(each.kind)])},
    )
    return {code: json.loads(text) for code, text in texts.items()}


def _checked(
    case: Case, kind: RecordKind, values: Values, *, by: Member, at: dt.datetime
) -> Values:
    clean = fields.checked(
        FIELDS[kind],
        values,
        on=deadlines.today(case, at),
        codes_of=codelists.codes,
        pointer="/values",
    )
    if not clean:
        raise Invalid("nothing_written", pointer="/values")
    if happened := clean.get("hte_Date"):
        born = birth_date(case=case, by=by, why="check")
        if born is not None and dt.date.fromisoformat(happened) < born:
            raise Invalid("date_before_birth", pointer="/values/hte_Date")
    return clean


def _held(code: str, *, by: Member) -> Record:
    """The record, held with its case against every other change."""
    case = locked(Record.objects.values_list("case__code", flat=True).get(code=code))
    policy.may(by, Verb.RECORD, case).require()
    record = Record.objects.select_for_update(no_key=True).get(code=code)
    record.case = case
    if record.retracted_at is not None:
        raise Refused("record_is_retracted", state="retracted")
    return record


def _live(case: Case) -> Any:
    return Record.objects.filter(case=case, retracted_at__isnull=True)


def _sealed(record: Record, values: Values) -> bytes:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return vault.seal_text(record.case.person, text, place=record.code)


def _save(record: Record, *names: str) -> None:
    record.version += 1
    record.save(update_fields=[*names, "version"])


def _log(record: Record, event: str, *, by: Member, at: dt.datetime) -> None:
    timeline.record(
        record.case, event, by=by, at=at, about=record.code, facts={"kind": record.kind}
    )
