"""Write what is known of a person, and let the formal procedure follow what is learned of the age."""

import datetime as dt
from typing import Any

from django.db import transaction

from agencies.models import Member
from cases.actions import person
from cases.models import Case, Person
from identification.actions import submitting
from kernel.groups import DataGroup


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
    """Seal a data group anew. See `cases.actions.person.write_group`."""
    before = case.person.age_band
    person.write_group(case=case, group=group, values=values, version=version, by=by, at=at)
    _follow(case, before, by=by, at=at)


@transaction.atomic
def change_facts(
    *, case: Case, facts: dict[str, Any], version: int, by: Member, at: dt.datetime
) -> Person:
    """Change what stays in clear. See `cases.actions.person.change_facts`."""
    before = case.person.age_band
    changed = person.change_facts(case=case, facts=facts, version=version, by=by, at=at)
    _follow(case, before, by=by, at=at)
    return changed


def _follow(case: Case, before: str, *, by: Member, at: dt.datetime) -> None:
    """A child is on no adult's way, and an adult is not submitted without their own yes."""
    if Person.objects.values_list("age_band", flat=True).get(pk=case.person_id) != before:
        submitting.settle(code=case.code, by=by, at=at)
