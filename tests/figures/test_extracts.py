"""A file in the shape of the CTDC takes two people, lasts a week, and holds each row twenty times."""

import csv
import datetime as dt
import io
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from edge.spreadsheet import MARK
from figures import ctdc, sheets
from figures.actions import extracting
from figures.models import Extract
from kernel.errors import Denied, Refused, SafehandError
from kernel.groups import DataGroup
from seconding import actions as seconding
from tests.figures.people import (
    DECEMBER,
    LATER,
    NOVEMBER,
    agencies,
    linked,
    numbers,
    people,
    release,
)
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
REASON = "For the global data set of this year."


@pytest.fixture
def coordinator() -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )


@pytest.fixture
def officer(coordinator: Member) -> Member:
    return make.make_member(agency=coordinator.agency, role=Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def year(officer: Member) -> None:
    for agency in agencies(5):
        people(
            agency, 8, on=NOVEMBER, exploitation=["SexualExploitation"], citizenship=["MD"],
            control=["PsychologicalAbuse"],
        )  # fmt: skip
        people(agency, 1, on=NOVEMBER, gender="Masculine", exploitation=["ForcedLabour"])
    release(DECEMBER)


def approved(coordinator: Member, officer: Member) -> str:
    asked = extracting.ask(year="2026", reason=REASON, by=coordinator, at=LATER)
    seconding.decide(code=asked.code, approve=True, by=officer, at=LATER)
    return asked.code


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK))))


def test_each_row_stands_for_a_whole_step(
    coordinator: Member, officer: Member, year: None
) -> None:
    made = extracting.make(second=approved(coordinator, officer), by=coordinator, at=LATER)

    text = extracting.fetch(extract=made, by=coordinator, at=LATER)
    found = Counter(tuple(row.items()) for row in rows(text))
    said = {name: value for name, value in next(iter(found)) if value}

    assert list(found.values()) == [40]
    assert tuple(rows(text)[0]) == ctdc.COLUMNS
    assert said == {
        "yearOfRegistration": "2026", "gender": "Woman", "ageBroad": "30--38",
        "citizenship": "eastern_europe", "isForcedLabour": "0", "isSexualExploit": "1",
        "isOtherExploit": "0", "meansDebtBondageEarnings": "0", "meansThreats": "0",
        "meansAbusePsyPhySex": "1",
    }  # fmt: skip
    assert (made.rows, made.sha256) == (40, ctdc.digest_of(text))
    told = AuditEvent.objects.filter(about=made.code).order_by("pk")
    assert list(told.values_list("event", flat=True)) == ["figures.extract", "figures.fetched"]


def test_the_order_of_the_rows_is_each_files_own() -> None:
    cells = [("2026|Woman|30-38||1|0|0|0|0|0", 40), ("2026|Man|unknown||1|0|0|0|0|0", 20)]
    one, other = (ctdc.rows_of(cells, code=code) for code in ("CT-AAAA-AAAA", "CT-BBBB-BBBB"))

    assert one != other
    assert sorted(one) == sorted(other)
    assert ctdc.rows_of(cells, code="CT-AAAA-AAAA") == one


def test_nobody_makes_it_alone(coordinator: Member, officer: Member, year: None) -> None:
    asked = extracting.ask(year="2026", reason=REASON, by=coordinator, at=LATER)

    with pytest.raises(Refused) as found:
        extracting.make(second=asked.code, by=coordinator, at=LATER)
    assert found.value.code == "second_person_is_done"
    with pytest.raises(Denied):
        seconding.decide(code=asked.code, approve=True, by=coordinator, at=LATER)
    with pytest.raises(Denied):
        extracting.ask(year="2026", reason=REASON, by=officer, at=LATER)
    assert Extract.objects.count() == 0


def test_an_approval_serves_once_and_a_file_lasts_a_week(
    coordinator: Member, officer: Member, year: None
) -> None:
    second = approved(coordinator, officer)
    made = extracting.make(second=second, by=coordinator, at=LATER)

    with pytest.raises(Refused):
        extracting.make(second=second, by=coordinator, at=LATER)
    last = LATER + dt.timedelta(days=7)
    assert extracting.fetch(extract=made, by=coordinator, at=last - dt.timedelta(seconds=1))
    with pytest.raises(Refused) as found:
        extracting.fetch(extract=made, by=coordinator, at=last)
    assert found.value.code == "extract_has_expired"
    with pytest.raises(Denied):
        extracting.fetch(extract=made, by=officer, at=LATER)


@pytest.mark.parametrize(
    ("year", "code"),
    [("2025", "year_is_not_released"), ("26", "not_a_year"), ("²026", "not_a_year"),
     ("0000", "not_a_year")],
)  # fmt: skip
def test_a_year_without_figures_has_no_file(coordinator: Member, year: str, code: str) -> None:
    with pytest.raises(SafehandError) as found:
        extracting.ask(year=year, reason=REASON, by=coordinator, at=LATER)
    assert found.value.code == code


def test_the_whole_way_by_the_pages(
    visiting: Any, coordinator: Member, officer: Member
) -> None:
    for agency in agencies(3):
        people(agency, 7, on=dt.date(2025, 11, 3), exploitation=["ForcedLabour"])
    release(dt.date(2025, 12, 1))
    asker, decider = visiting(coordinator), visiting(officer)

    shown = asker.do("/figures/ctdc/ask/", {"year": "2025", "reason": REASON})
    code = shown.redirect_chain[-1][0].strip("/").split("/")[-1]
    decider.do(f"/approvals/{code}/approve/")
    asker.do(f"/approvals/{code}/do/")
    made = Extract.objects.get()
    listed = asker.see("/figures/ctdc/").content.decode()
    answer = asker.see(f"/figures/ctdc/{made.code}/file/")

    assert f"/figures/ctdc/{made.code}/file/" in listed
    assert answer["Content-Disposition"] == (
        f'attachment; filename="ctdc-2025-{made.code}.csv"'
    )
    assert len(rows(answer.content.decode())) == 20
    assert decider.see(f"/figures/ctdc/{made.code}/file/").status_code == 403
    assert made.expires_at > timezone.now()


def test_the_api_asks_for_a_fresh_sign_in(
    by_session: Any, signed_in: Any, coordinator: Member, officer: Member, year: None
) -> None:
    asked = extracting.ask(year="2026", reason=REASON, by=coordinator, at=timezone.now())
    seconding.decide(code=asked.code, approve=True, by=officer, at=timezone.now())

    by_token = signed_in(coordinator).post("figures/ctdc/", {"second": asked.code})
    made = by_session(coordinator).post("figures/ctdc/", {"second": asked.code})

    assert (by_token.status_code, by_token.json()["code"]) == (403, "step_up_needed")
    assert made.status_code == 201
    code = made.json()["code"]
    assert by_session(coordinator).get(f"figures/ctdc/{code}/file/").status_code == 200
    assert signed_in(coordinator).get(f"figures/ctdc/{code}/file/").status_code == 403


def test_a_person_stands_in_a_file_once_whatever_is_corrected(
    coordinator: Member, officer: Member
) -> None:
    """All twenty of a step turn out to be men, and to have been held by debt."""
    facts: Any = {"on": NOVEMBER, "exploitation": ["ForcedLabour"]}
    cases = [case for agency in agencies(4) for case in people(agency, 5, **facts)]
    first = release(NOVEMBER)
    for case in cases:
        case.person.gender = "Masculine"
        case.person.save()
        told = {
            "vic_TypeOfExploitation": ["ForcedLabour"], "vic_MethodsOfControl": ["DebtBondage"],
        }  # fmt: skip
        sheets.note([(case.person, {DataGroup.TRAFFICKING: told})])
    second = release(DECEMBER)

    was = {"2026|Woman|30-38||1|0|0|0|0|0": 20}
    assert (numbers(first, "ctdc"), numbers(second, "ctdc")) == (was, was)
    # In the tables of one cell at a time they are new, where they were never counted.
    assert numbers(second, "sex") == {"Feminine": 20, "Masculine": 20}
    made = extracting.make(second=approved(coordinator, officer), by=coordinator, at=LATER)
    assert made.rows == 20


def test_two_files_of_one_person_are_one_row(coordinator: Member) -> None:
    """Whatever each of the two says: the file that was opened first speaks."""
    land = agencies(4)
    facts: Any = {"on": NOVEMBER, "exploitation": ["ForcedLabour"]}
    cases = [case for agency in land for case in people(agency, 5, **facts)]
    late = {**facts, "on": NOVEMBER.replace(day=20), "gender": "Masculine"}
    for n, case in enumerate(cases):
        (twin,) = people(land[n % 4], 1, **late)
        linked(case, twin, coordinator)

    made = release(NOVEMBER)

    assert numbers(made, "ctdc") == {"2026|Woman|30-38||1|0|0|0|0|0": 20}
    assert numbers(made, "sex") == {"Feminine": 20, "Masculine": 20}
