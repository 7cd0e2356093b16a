"""Made-up people by the hundred, put straight into the tables: the builders would take minutes."""

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from agencies.models import Agency, Member
from audit import log
from cases.models import Case, Person, PossibleDuplicate
from demo import builders as make
from figures import sheets
from figures.actions import releasing
from figures.models import Cell, Release
from kernel.groups import DataGroup

OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
DECEMBER = dt.date(2026, 12, 1)
# Long after all of it.
LATER = dt.datetime(2027, 2, 1, 12, tzinfo=dt.UTC)


def agencies(number: int) -> list[Agency]:
    return [make.make_agency() for _ in range(number)]


def people(
    agency: Agency,
    number: int,
    *,
    on: dt.date = dt.date(2026, 10, 10),
    exploitation: list[str] | None = None,
    control: list[str] | None = None,
    citizenship: list[str] | None = None,
    **facts: Any,
) -> list[Case]:
    """So many people with an open case of the agency, first met on that day."""
    facts = {"gender": "Feminine", "age_band": "30-38", "district": "BY-BR-01"} | facts
    them = Person.objects.bulk_create(
        Person(ring_key="1", wrapped_key=b"none", **facts) for _ in range(number)
    )
    opened = dt.datetime.combine(on, dt.time(9), tzinfo=dt.UTC)
    cases = Case.objects.bulk_create(
        Case(person=each, owner=agency, state="open", registered_at=opened, opened_at=opened)
        for each in them
    )
    told = {
        DataGroup.TRAFFICKING: {
            "vic_TypeOfExploitation": exploitation or [],
            "vic_MethodsOfControl": control or [],
        },
        DataGroup.IDENTITY: {"prs_Citizenship": citizenship or []},
    }
    sheets.note([(each, told) for each in them])
    return cases


def linked(first: Case, second: Case, by: Member) -> None:
    """The two are found to be one person."""
    earlier, later = sorted((first, second), key=lambda case: case.pk)
    at = dt.datetime(2026, 10, 20, tzinfo=dt.UTC)
    PossibleDuplicate.objects.create(
        earlier=earlier, later=later, state="linked", points=100, marks=[],
        found_at=at, asked_by=by, agreed_by=by, linked_at=at,
    )  # fmt: skip


def release(
    month: dt.date = OCTOBER,
    at: dt.datetime = LATER,
    *,
    held: int = 0,
    noise_of: Callable[[Fraction], int] = lambda _: 0,
) -> Release:
    """The figures of a month, with no more chance in them than is said."""
    made = releasing.make_release(
        month=month, by=log.CLOCK, at=at, held_back=lambda: held, noise_of=noise_of
    )
    assert made
    return made


def numbers(of: Release, table: str) -> dict[str, int]:
    return {cell.value: cell.total for cell in of.cells.filter(table=table)}


def added(of: Release, table: str) -> dict[str, int]:
    return {cell.value: cell.added for cell in of.cells.filter(table=table)}


def means(of: Release) -> dict[str, tuple[Any, Any]]:
    found = Cell.objects.filter(release=of, table="reintegration")
    return {cell.value: (cell.first_mean, cell.last_mean) for cell in found}
