"""The register of processing (GDPR art. 30): worked out from what the columns, the data groups, the
roles, the jurisdiction and the directory say, so that it cannot say anything else."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from agencies import jurisdiction, policy
from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role, most_for
from cases import groups, records
from cases.workflow import RecordKind
from kernel.groups import DataGroup, in_order
from rights import inclear
from rights.columns import Column, columns
from rights.fieldclasses import FieldClass
from rights.purposes import BASES, PURPOSES, Purpose

# Of the columns of a table these say something about somebody.
PERSONAL = (FieldClass.STAFF, FieldClass.PERSON, FieldClass.SEALED)


class People(StrEnum):
    PERSONS = "persons"
    RELATIVES = "relatives"
    SUSPECTED = "suspected"
    STAFF = "staff"


# Whom the data of a group are about besides the person.
ALSO_ABOUT = {
    DataGroup.FAMILY: People.RELATIVES,
    DataGroup.CONTACT: People.RELATIVES,
    DataGroup.TRAFFICKING: People.SUSPECTED,
}


@dataclass(frozen=True, slots=True)
class Processing:
    """One purpose with what was worked out for it."""

    code: str
    purpose: Purpose
    people: list[People]
    tables: dict[FieldClass, list[str]]
    groups: list[str]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one data group or one kind of record holds; `group` opens it to others than its owner."""

    what: DataGroup | RecordKind
    group: DataGroup | None
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Recipients:
    """Agencies of one kind, and the data groups that a consent may open to them at most."""

    type: AgencyType
    count: int
    groups: list[str]


@dataclass(frozen=True, slots=True)
class Controller:
    """The agency that answers for the service, and its data protection officers."""

    agency: Agency
    officers: list[Member]


def processings() -> list[Processing]:
    every = list(columns())
    return [_processing(code, purpose, every) for code, purpose in PURPOSES.items()]


def _processing(code: str, purpose: Purpose, every: list[Column]) -> Processing:
    wanted = purpose.tables.split()
    tables = {
        kind: sorted(
            {each.table for each in every if each.kind == kind and each.table in wanted}
        )
        for kind in PERSONAL
    }
    return Processing(code, purpose, _people(purpose, tables), tables, in_order(purpose.groups))


def _people(purpose: Purpose, tables: dict[FieldClass, list[str]]) -> list[People]:
    found = {ALSO_ABOUT[group] for group in purpose.groups if group in ALSO_ABOUT}
    if tables[FieldClass.SEALED] or tables[FieldClass.PERSON]:
        found.add(People.PERSONS)
    if tables[FieldClass.STAFF]:
        found.add(People.STAFF)
    return [each for each in People if each in found]


def sealed() -> list[Sealed]:
    """The data groups, then the kinds of records of a case."""
    return [
        *(Sealed(group, group, list(fields)) for group, fields in groups.FIELDS.items()),
        *(
            Sealed(kind, records.GROUP[kind], list(fields))
            for kind, fields in records.FIELDS.items()
        ),
    ]


def controllers() -> list[Controller]:
    """Of each co-ordinating agency. Two queries."""
    homes = Agency.objects.filter(is_coordinating=True, is_active=True).order_by("pk")
    officers = Member.objects.filter(
        agency__in=homes, role=Role.DATA_PROTECTION_OFFICER, is_active=True
    ).order_by("pk")
    found = list(officers)
    return [
        Controller(home, [each for each in found if each.agency_id == home.pk])
        for home in homes
    ]


def recipients(actor: Member) -> list[Recipients]:
    """Each kind of agency, whether there is one or not yet. One query."""
    kinds = Counter(policy.agencies_visible_to(actor).values_list("type", flat=True))
    return [Recipients(kind, kinds[kind], in_order(most_for(kind))) for kind in AgencyType]


def abroad(actor: Member) -> dict[str, int]:
    """How many agencies sit in another country, by its code. One query."""
    home = jurisdiction.current().calendar.holidays
    places = policy.agencies_visible_to(actor).values_list("htcds", "holiday_country")
    counted = Counter(said.get("org_ShippingCountry") or country for said, country in places)
    return {country: count for country, count in sorted(counted.items()) if country != home}


def version() -> str:
    """A mark of all that does not come from the database: equal marks are equal registers."""
    said = {
        "columns": [[str(each), each.kind] for each in columns()],
        "purposes": [[code, each.tables, each.bases, in_order(each.groups)]
                     for code, each in PURPOSES.items()],
        "bases": [[code, each.gdpr, each.national] for code, each in BASES.items()],
        "in_clear": inclear.columns(),
        "sealed": [[each.what, each.group, each.fields] for each in sealed()],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]
