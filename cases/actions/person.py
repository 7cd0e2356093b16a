"""Write and read what is known of a person."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from agencies import ages
from agencies.models import Member
from audit import log
from cases import deadlines, duplicates, policy, timeline, vault
from cases.actions.lifecycle import locked
from cases.groups import checked
from cases.models import Case, Person
from cases.policy import Verb
from kernel.errors import Denied, Invalid, Stale
from kernel.groups import DataGroup

AGE_WHEN_TRAFFICKED = "vic_AgeWhenTrafficked"
# Who is handed groups when they are written, in the same transaction: see figures/apps.py.
GroupsOfEach = Sequence[tuple[Person, Mapping[DataGroup, dict[str, Any]]]]
told_when_written: list[Callable[[GroupsOfEach], object]] = []


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
    # Held, so that a name is written before its case moves to another agency, or not at all.
    case = locked(case.code)
    policy.may(by, Verb.WRITE, case).require()
    # Held, so that of two writers of one person the second sees what the first wrote.
    person = Person.objects.select_for_update(no_key=True).get(pk=case.person_id)
    if version is not None and version != vault.version_of(case.person, group):
        raise Stale("stale_version")
    today = deadlines.today(case, at)
    clean = checked(group, values, on=today)
    if group in AGE_CHECKS:
        AGE_CHECKS[group](case, person, clean, by, today)
    vault.write_group(case.person, group, clean, by=by.username, at=at)
    for tell in told_when_written:
        tell([(case.person, {group: clean})])
    if group is DataGroup.IDENTITY:
        vault.index_names(case.person, case.owner, clean)
        _take_clear_facts(case.person, clean, today)
        _index(case, clean, by=by, at=at)
    timeline.record(case, "person.written", by=by, at=at, facts={"group": group.value})


@transaction.atomic
def change_facts(
    *, case: Case, facts: dict[str, Any], version: int, by: Member, at: dt.datetime
) -> Person:
    """Change what stays in clear: age band, gender, district, languages, needs."""
    # Held and read again: the case may have changed hands, or closed, meanwhile.
    case = locked(case.code)
    policy.may(by, Verb.WRITE, case).require()
    person = Person.objects.select_for_update(no_key=True).get(pk=case.person_id)
    if person.version != version:
        raise Stale("stale_version")
    if "age_band" in facts:
        _check_band(case, facts["age_band"], by=by, on=deadlines.today(case, at))
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
    digest = log.digest_of([case.code for case in found])
    log.record("search", by=by, facts={"by": "name", "hits": len(found), "digest": digest})
    return [{"person": case.person.code, "case": case.code} for case in found]


def band_of(birth: dt.date, on: dt.date) -> str:
    """The age band of somebody born on that day."""
    return ages.band_of(ages.age_on(on, born=birth))


@transaction.atomic
def birth_date(*, case: Case, by: Member, why: str) -> dt.date | None:
    """The day of birth if it is stored. Identity is opened for it, and only if it is held."""
    day = _held_value(case, DataGroup.IDENTITY, "prs_Birthdate", by=by, why=why)
    return None if day is None else dt.date.fromisoformat(day)


def _held_value(case: Case, group: DataGroup, field: str, *, by: Member, why: str) -> Any:
    if group not in vault.groups_held(case.person):
        return None
    opened = vault.open_groups(case.person, [group], by=by, case=case.code, why=why)
    return opened[group].get(field)


def _check_age_when_trafficked(
    case: Case, person: Person, clean: dict[str, Any], by: Member, on: dt.date
) -> None:
    """Nobody was trafficked at an age that they have not reached."""
    age = clean.get(AGE_WHEN_TRAFFICKED)
    if age is None:
        return
    born = birth_date(case=case, by=by, why="check")
    oldest = ages.BANDS.get(person.age_band, (0, age))[1]
    if age > (oldest if born is None else ages.age_on(on, born=born)):
        raise Invalid("age_above_own_age", pointer=f"/{AGE_WHEN_TRAFFICKED}")


def _check_birth_date(
    case: Case, person: Person, clean: dict[str, Any], by: Member, on: dt.date
) -> None:
    """Nor does a day of birth make somebody younger than they were then."""
    if (day := clean.get("prs_Birthdate")) is None:
        return
    age = _held_value(case, DataGroup.TRAFFICKING, AGE_WHEN_TRAFFICKED, by=by, why="check")
    if age is not None and age > ages.age_on(on, born=dt.date.fromisoformat(day)):
        raise Invalid("birth_date_against_age_when_trafficked", pointer="/prs_Birthdate")


def _check_band(case: Case, band: str, *, by: Member, on: dt.date) -> None:
    """A band says nothing against a day of birth, nor against the age when trafficked."""
    born = birth_date(case=case, by=by, why="check")
    if born is not None and band != band_of(born, on):
        raise Invalid("age_band_against_birth_date", pointer="/age_band")
    trafficked = _held_value(
        case, DataGroup.TRAFFICKING, AGE_WHEN_TRAFFICKED, by=by, why="check"
    )
    if band in ages.BANDS and trafficked is not None and trafficked > ages.BANDS[band][1]:
        raise Invalid("age_band_against_age_when_trafficked", pointer="/age_band")


AGE_CHECKS = {
    DataGroup.TRAFFICKING: _check_age_when_trafficked,
    DataGroup.IDENTITY: _check_birth_date,
}


def _index(case: Case, identity: dict[str, Any], *, by: Member, at: dt.datetime) -> None:
    """Tokens by which the service may later find the same person elsewhere. Nothing is looked for
    here: whoever writes learns nothing, by what is shown or by how long it takes."""
    if duplicates.index(case.person, identity, space=by.space, at=at):
        duplicates.count(by, on=at.date())
    duplicates.soon()


def _take_clear_facts(person: Person, identity: dict[str, Any], today: dt.date) -> None:
    facts: dict[str, Any] = {}
    if birth := identity.get("prs_Birthdate"):
        facts["age_band"] = band_of(dt.date.fromisoformat(birth), today)
    if gender := identity.get("prs_Gender"):
        facts["gender"] = gender
    if facts:
        _save(person, facts)


def _save(person: Person, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(person, name, value)
    person.version += 1
    person.save(update_fields=[*facts, "version"])
