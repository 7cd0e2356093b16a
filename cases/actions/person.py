"""Write and read what is known of a person."""

import datetime as dt
from typing import Any

from django.db import transaction

from agencies.models import Member
from audit import log
from cases import policy, timeline, vault
from cases.groups import checked
from cases.models import Case, Person
from cases.policy import Verb
from cases.workflow import AgeBand
from kernel.errors import Denied, Stale
from kernel.groups import DataGroup

# The last age of each band, youngest first.
_LAST = {8: "0-8", 17: "9-17", 20: "18-20", 23: "21-23", 26: "24-26", 29: "27-29", 38: "30-38",
         47: "39-47"}  # fmt: skip


@transaction.atomic
def write_group(
    *,
    case: Case,
    group: DataGroup,
    values: dict[str, Any],
    version: int | None = None,
    by: Member,
    at: dt.datetime,
) -> None:
    """Seal a data group anew. A birth date sets the age band, a name its search tokens.

    `version` is the one the writer has seen; Stale if somebody wrote after that.
    """
    policy.may(by, Verb.WRITE, case).require()
    # Held, so that of two writers of one person the second sees what the first wrote.
    Person.objects.select_for_update(no_key=True).get(pk=case.person_id)
    if version is not None and version != vault.version_of(case.person, group):
        raise Stale("stale_version")
    clean = checked(group, values, on=at.date())
    vault.write_group(case.person, group, clean, by=by.username, at=at)
    if group is DataGroup.IDENTITY:
        vault.index_names(case.person, case.owner, clean)
        _take_clear_facts(case.person, clean, at)
    timeline.record(case, "person.written", by=by, at=at, facts={"group": group.value})


@transaction.atomic
def change_facts(
    *, case: Case, facts: dict[str, Any], version: int, by: Member, at: dt.datetime
) -> Person:
    """Change what stays in clear: age band, gender, district, languages, needs."""
    policy.may(by, Verb.WRITE, case).require()
    person = Person.objects.select_for_update(no_key=True).get(pk=case.person_id)
    if person.version != version:
        raise Stale("stale_version")
    _save(person, facts)
    timeline.record(
        case, "person.changed", by=by, at=at, facts={"fields": ",".join(sorted(facts))}
    )
    return person


@transaction.atomic
def read_groups(
    *, case: Case, groups: list[DataGroup], by: Member, why: str
) -> dict[str, dict[str, Any]]:
    """The plain values of these groups, if the policy opens every one of them to the reader."""
    if not set(groups) <= policy.groups(by, case):
        raise Denied("group_not_open")
    return vault.open_groups(case.person, groups, by=by, case=case.code, why=why)


@transaction.atomic
def find(*, name: str, by: Member) -> list[dict[str, str]]:
    """Codes of the people of the member's own cases whose name this is, in any spelling.

    The search is written down; the name that was asked for is not.
    """
    keys = vault.find_by_name(by.agency, name)
    cases = policy.owned_and_visible_to(by).filter(person__in=keys).select_related("person")
    found = sorted(cases, key=lambda case: (keys.index(case.person_id), -case.pk))
    log.record("search", by=by, facts={"hits": len(found)})
    return [{"person": case.person.code, "case": case.code} for case in found]


def band_of(birth: dt.date, on: dt.date) -> str:
    """The age band of somebody born on that day."""
    age = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    return next((band for last, band in _LAST.items() if age <= last), AgeBand.B48.value)


def _take_clear_facts(person: Person, identity: dict[str, Any], at: dt.datetime) -> None:
    facts: dict[str, Any] = {}
    if birth := identity.get("prs_Birthdate"):
        facts["age_band"] = band_of(dt.date.fromisoformat(birth), at.date())
    if gender := identity.get("prs_Gender"):
        facts["gender"] = gender
    if facts:
        _save(person, facts)


def _save(person: Person, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(person, name, value)
    person.version += 1
    person.save(update_fields=[*facts, "version"])
