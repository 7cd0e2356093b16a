"""A case that is brought whole, from a file: everything that it begins with, in one act."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction

from agencies import ages, codelists
from agencies.calendar import day_of
from agencies.models import Agency, Member
from agencies.queries import held
from agencies.roles import CASEWORK, Role
from audit import log
from cases import access, duplicates, policy, timeline, vault
from cases.actions.person import AGE_WHEN_TRAFFICKED, band_of, told_when_written
from cases.groups import checked
from cases.models import Case, Note, Record
from cases.records import FIELDS
from cases.workflow import RecordKind, Risk, Source
from edge import wall
from kernel import fields
from kernel.errors import Invalid
from kernel.groups import DataGroup, in_order
from notify import ledger

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Brought:
    """What is known of a person and their case before there is one here. `person` holds facts that
    stay in clear; `notes` are for the agency."""

    person: Values = field(default_factory=dict)
    groups: dict[DataGroup, Values] = field(default_factory=dict)
    records: list[tuple[RecordKind, Values]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def checked_whole(brought: Brought, *, on: dt.date) -> tuple[Brought, list[Invalid]]:
    """It without its empty values, and everything that stands against it; each fault's pointer
    names the field. Asks nothing about anybody else."""
    faults: list[Invalid] = []
    whole = Brought(person=brought.person)
    for group, values in brought.groups.items():
        if clean := _each(values, partial(checked, group, on=on), faults):
            whole.groups[group] = clean
    for kind, values in brought.records:
        clean = _each(values, partial(_record, kind, on=on), faults)
        if not clean:
            faults.append(Invalid("nothing_written"))
        whole.records.append((kind, clean))
    whole.notes.extend(text.strip() for text in brought.notes)
    for text in whole.notes:
        if not text or len(text) > fields.LONG:
            code = "text_too_long" if text else "nothing_written"
            faults.append(Invalid(code, pointer="/cco_CaseComment"))
    return whole, faults or list(_contradictions(whole, on))


@dataclass(frozen=True, slots=True)
class Written:
    """The new case, and the codes of its records and notes in the order in which they were brought."""

    case: Case
    records: list[str]
    notes: list[str]


@transaction.atomic
def bring(
    *, brought: Brought, from_: str, worker: Member | None, by: Member, at: dt.datetime
) -> Written:
    """A new draft case with all of it. `from_` is the code of the import, `worker` a member of the
    same agency who works on it from now on, or else whoever brings it; with neither there it
    becomes a task for the supervisors.

    One line in the log stands for all that is written; whoever has it looked for duplicates calls
    `duplicates.soon` once for many, and has counted the identities when it looked at them.
    """
    policy.may_register(by).require()
    today = day_of(by.agency, at)
    clean, faults = checked_whole(brought, on=today)
    if faults:
        raise faults[0]
    identity = clean.groups.get(DataGroup.IDENTITY, {})
    person = vault.new_person(**_facts(clean.person, identity, today))
    case = Case(
        person=person, owner=by.agency, worker=_who_can(worker, by, of=by.agency), source=Source.OTHER,
        risk=Risk.UNKNOWN, registered_at=at,
    )  # fmt: skip
    # As in `lifecycle.register`: let through by their new names.
    wall.hold(keys=[str(person.uid), case.code])
    person.save(force_insert=True)
    case.save(force_insert=True)
    wall.hold([case.pk])
    access.begin(case, at=at)
    vault.write_first_groups(person, clean.groups, by=by.username, at=at)
    for group, values in clean.groups.items():
        for tell in told_when_written:
            tell(person, group, values)
    if identity:
        vault.index_first_names(person, by.agency, identity)
        duplicates.index_first(person, identity, at=at)
    records = _write_records(case, clean.records, by=by, at=at)
    notes = _write_notes(case, clean.notes, by=by, at=at)
    facts: dict[str, log.Fact] = {
        "import": from_, "groups": ",".join(in_order(clean.groups)),
        "records": len(clean.records), "notes": len(clean.notes),
    }  # fmt: skip
    timeline.record(case, "case.registered", by=by, at=at, facts=facts)
    if case.worker is None:
        ledger.set_task(
            "assign_case", subject=case.code, case=case.code, agency=case.owner,
            role=Role.SUPERVISOR, at=at,
        )  # fmt: skip
    return Written(case, records, notes)


def _who_can(*members: Member | None, of: Agency) -> Member | None:
    """Who of them can be given a case of the agency now, by the same rule as where one is assigned."""
    for member in filter(None, members):
        now = held(member)
        if now.agency_id == of.pk and now.is_active and now.role in CASEWORK:
            return now
    return None


def _each(values: Values, check: Callable[[Values], Values], faults: list[Invalid]) -> Values:
    """Field by field, so that one fault hides no other."""
    clean: Values = {}
    for name, value in values.items():
        try:
            clean |= check({name: value})
        except Invalid as fault:
            faults.append(fault)
    return clean


def _record(kind: RecordKind, values: Values, *, on: dt.date) -> Values:
    return fields.checked(FIELDS[kind], values, on=on, codes_of=codelists.codes)


def _contradictions(brought: Brought, on: dt.date) -> Iterator[Invalid]:
    """What no field can tell alone: the same rules as where each is written by itself."""
    birth = brought.groups.get(DataGroup.IDENTITY, {}).get("prs_Birthdate")
    trafficked = brought.groups.get(DataGroup.TRAFFICKING, {}).get(AGE_WHEN_TRAFFICKED)
    if birth is None:
        return
    born = dt.date.fromisoformat(birth)
    if trafficked is not None and trafficked > ages.age_on(on, born=born):
        yield Invalid("age_above_own_age", pointer=f"/{AGE_WHEN_TRAFFICKED}")
    for _, values in brought.records:
        day = values.get("hte_Date")
        if day is not None and dt.date.fromisoformat(day) < born:
            yield Invalid("date_before_birth", pointer="/hte_Date")


def _facts(person: Values, identity: Values, today: dt.date) -> Values:
    facts = dict(person)
    if birth := identity.get("prs_Birthdate"):
        facts["age_band"] = band_of(dt.date.fromisoformat(birth), today)
    if gender := identity.get("prs_Gender"):
        facts["gender"] = gender
    return facts


def _write_records(
    case: Case, records: list[tuple[RecordKind, Values]], *, by: Member, at: dt.datetime
) -> list[str]:
    rows = [Record(case=case, kind=kind, written_at=at, written_by=by) for kind, _ in records]
    for row, (_, values) in zip(rows, records, strict=True):
        text = json.dumps(values, ensure_ascii=False, sort_keys=True)
        row.content = vault.seal_text(case.person, text, place=row.code)
    Record.objects.bulk_create(rows)
    return [row.code for row in rows]


def _write_notes(case: Case, texts: list[str], *, by: Member, at: dt.datetime) -> list[str]:
    rows = [
        Note(
            case=case, author=by, agency=by.agency, kind=Note.Kind.NOTE,
            visibility=Note.Visibility.AGENCY, written_at=at,
        )
        for _ in texts
    ]  # fmt: skip
    for row, text in zip(rows, texts, strict=True):
        row.text = vault.seal_text(case.person, text, place=row.code)
    Note.objects.bulk_create(rows)
    return [row.code for row in rows]
