"""Cases that are brought whole, from a file: everything that each begins with, in one act."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from cases.models import Case, Note, Person, Record
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
class Begun:
    """A case that is not written yet, sealed already, with all that it begins with; its records and
    notes in the order in which they were brought."""

    case: Case
    groups: dict[DataGroup, Values]
    records: list[Record]
    notes: list[Note]

    @property
    def identity(self) -> Values:
        return self.groups.get(DataGroup.IDENTITY, {})

    @property
    def facts(self) -> dict[str, log.Fact]:
        return {
            "groups": ",".join(in_order(self.groups)),
            "records": len(self.records), "notes": len(self.notes),
        }  # fmt: skip


def begun(brought: Brought, *, worker: Member | None, by: Member, at: dt.datetime) -> Begun:
    """A draft case of it for the agency of whoever brings it. Raises the first of the faults that
    stand against it; writes nothing."""
    today = day_of(by.agency, at)
    clean, faults = checked_whole(brought, on=today)
    if faults:
        raise faults[0]
    identity = clean.groups.get(DataGroup.IDENTITY, {})
    case = Case(
        person=vault.new_person(**_facts(clean.person, identity, today)), owner=by.agency,
        worker=worker, source=Source.OTHER, risk=Risk.UNKNOWN, registered_at=at,
    )  # fmt: skip
    records = [_sealed_record(case, *each, by=by, at=at) for each in clean.records]
    notes = [_sealed_note(case, text, by=by, at=at) for text in clean.notes]
    return Begun(case, clean.groups, records, notes)


@transaction.atomic
def bring(*, some: Sequence[Begun], from_: str, by: Member, at: dt.datetime) -> None:
    """Write these cases, all or none; so many together that the ways to the database are few.
    `from_` is the code of the import. One that nobody works on becomes a task for the supervisors.

    One line in the log stands for all that is written of a case; whoever brings many calls
    `duplicates.wake` once for all, and has counted the identities when it looked at them.
    """
    policy.may_register(by).require()
    cases = [each.case for each in some]
    people = [case.person for case in cases]
    # As in `lifecycle.register`: let through by their new names.
    wall.hold(keys=[*(str(person.uid) for person in people), *(case.code for case in cases)])
    Person.objects.bulk_create(people)
    Case.objects.bulk_create(cases)
    wall.hold(case.pk for case in cases)
    access.begin(cases, at=at)
    groups = [(each.case.person, each.groups) for each in some]
    vault.write_first_groups(groups, by=by.username, at=at)
    for tell in told_when_written:
        tell(groups)
    identities = [(each.case.person, each.identity) for each in some if each.identity]
    vault.index_first_names(identities, by.agency)
    duplicates.index_first(identities, space=by.space, at=at)
    Record.objects.bulk_create(record for each in some for record in each.records)
    Note.objects.bulk_create(note for each in some for note in each.notes)
    facts = [(each.case, {"import": from_, **each.facts}) for each in some]
    timeline.record_each(facts, "case.registered", by=by, at=at)
    for case in cases:
        if case.worker is None:
            ledger.set_task(
                "assign_case", subject=case.code, case=case.code, agency=case.owner,
                role=Role.SUPERVISOR, at=at,
            )  # fmt: skip


def can_work(members: Iterable[Member], *, of: Agency) -> set[int]:
    """The keys of those who can be given a case of the agency now, by the same rule as where one is
    assigned; they are kept from leaving until this transaction ends."""
    # In one order, so that two imports never wait for each other.
    now = [held(member) for member in sorted(members, key=lambda each: each.pk)]
    return {
        member.pk
        for member in now
        if member.agency_id == of.pk and member.is_active and member.role in CASEWORK
    }


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


def _sealed_record(
    case: Case, kind: RecordKind, values: Values, *, by: Member, at: dt.datetime
) -> Record:
    row = Record(case=case, kind=kind, written_at=at, written_by=by)
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    row.content = vault.seal_text(case.person, text, place=row.code)
    return row


def _sealed_note(case: Case, text: str, *, by: Member, at: dt.datetime) -> Note:
    row = Note(
        case=case, author=by, agency=by.agency, kind=Note.Kind.NOTE,
        visibility=Note.Visibility.AGENCY, written_at=at,
    )  # fmt: skip
    row.text = vault.seal_text(case.person, text, place=row.code)
    return row
