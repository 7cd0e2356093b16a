"""The pages of figures: the same numbers for all who see them, and nothing by asking differently."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from figures.models import Noisy, Release
from tests.figures.people import NOVEMBER, agencies, people, release
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
MOST_QUERIES, MOST_BYTES = 12, 60_000


@pytest.fixture
def coordinator() -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )


@pytest.fixture
def land() -> None:
    for agency in agencies(4):
        people(agency, 6, exploitation=["ForcedLabour"], citizenship=["PL"])


def test_who_has_no_figures_yet_is_told_so(visiting: Any, coordinator: Member) -> None:
    text = visiting(coordinator).see("/figures/").content.decode()

    assert "No figures were made yet." in text
    assert '<svg class="chart"' not in text


def test_everybody_sees_the_same_numbers(
    visiting: Any, coordinator: Member, land: None
) -> None:
    release()
    readers = [
        coordinator,
        *(make.make_member(role=role) for role in (Role.SUPERVISOR, Role.AGENCY_ADMIN)),
        *(
            make.make_member(agency=coordinator.agency, role=role)
            for role in (Role.AUDITOR, Role.DATA_PROTECTION_OFFICER)
        ),
    ]

    shown = {_charts(visiting(reader).see("/figures/")) for reader in readers}

    assert len(shown) == 1
    assert "Forced labour</th><td>20</td><td>20</td>" in shown.pop()


def _charts(answer: Any) -> str:
    text = answer.content.decode()
    return text[text.index('<section class="figure">') :]


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.FOCAL_POINT])
def test_others_are_refused(visiting: Any, role: Role, land: None) -> None:
    release()
    visitor = visiting(make.make_member(role=role))

    paths = ("/figures/", "/figures/2026-10/report/", "/figures/2026-10/file/", "/figures/noisy/",
             "/figures/ctdc/", "/figures/ask/")  # fmt: skip
    assert {path: visitor.see(path).status_code for path in paths} == dict.fromkeys(paths, 403)


@pytest.mark.parametrize("period", ["2026-11", "2026-Q4", "2026-13", "x", "2026-10'"])
def test_a_period_without_figures_is_none(
    visiting: Any, coordinator: Member, land: None, period: str
) -> None:
    release()
    visitor = visiting(coordinator)

    assert visitor.see(f"/figures/?period={period}").status_code == 404
    assert visitor.see(f"/figures/{period}/report/").status_code == 404
    assert visitor.see(f"/figures/{period}/file/").status_code == 404


def test_a_quarter_adds_up_what_its_months_have_said(
    visiting: Any, coordinator: Member, land: None
) -> None:
    release()
    for agency in agencies(4):
        people(agency, 6, on=NOVEMBER, exploitation=["ForcedLabour"])
    release(NOVEMBER)
    release(dt.date(2026, 12, 1))

    text = visiting(coordinator).see("/figures/?period=2026-Q4").content.decode()

    assert "Forced labour</th><td>40</td><td>40</td>" in text
    assert "Quarter 4 of 2026" in text


def test_the_file_holds_the_numbers_of_the_page(
    visiting: Any, coordinator: Member, land: None
) -> None:
    release()
    coordinator.language = "ru"
    coordinator.save()

    lines = visiting(coordinator).see("/figures/2026-10/file/").content.decode().splitlines()

    assert '"2026-10","Виды эксплуатации","Принудительный труд","20","20","","",""' in lines
    assert '"2026-10","Виды эксплуатации","Изъятие органов","","","","","20"' in lines


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_the_fullest_pages_are_light(visiting: Any, coordinator: Member, language: str) -> None:
    """Every kind of exploitation, in every age, gender and region, has its step."""
    from agencies import codelists, lists  # noqa: PLC0415 -- beside its only use
    from cases.workflow import AgeBand  # noqa: PLC0415 -- the same

    kinds = list(codelists.entries("vic_TypeOfExploitation"))
    districts = [f"{region}-01" for region in lists.regions()]
    everywhere = agencies(3)
    for n, band in enumerate(AgeBand.values):
        for agency in everywhere:
            people(
                agency, 7, age_band=band, exploitation=kinds,
                gender=("Feminine", "Masculine")[n % 2], district=districts[n % len(districts)],
                citizenship=["BY", "UA", "VN", "NG"],
            )  # fmt: skip
    release()
    coordinator.language = language
    coordinator.save()
    visitor = visiting(coordinator)

    for path in ("/figures/", "/figures/2026-10/report/"):
        visitor.see(path)
        answer, asked = visitor.asks(path)
        assert answer.content.count(b"<rect") == 34
        assert (asked <= MOST_QUERIES, len(answer.content) < MOST_BYTES) == (True, True), (
            asked, len(answer.content),
        )  # fmt: skip


def test_the_coordinator_asks_and_the_worker_makes(
    visiting: Any, coordinator: Member, land: None
) -> None:
    from django.utils import timezone  # noqa: PLC0415 -- the same

    from figures import periods, tasks  # noqa: PLC0415 -- beside its only use

    visitor = visiting(coordinator)
    month = f"{periods.newest_over(timezone.now()):%Y-%m}"

    shown = visitor.do("/figures/ask/", {"month": month}).content.decode()
    assert "being made" in shown
    tasks.release()

    assert [(r.period, r.state) for r in Release.objects.all()] == [(month, "made")]
    again = visitor.do("/figures/ask/", {"month": month})
    assert Release.objects.count() == 1
    assert again.status_code == 200


def test_the_worker_makes_a_month_that_is_over_by_itself(land: None) -> None:
    from django.utils import timezone  # noqa: PLC0415 -- the same

    from figures import periods, tasks  # noqa: PLC0415 -- beside its only use

    tasks.release()
    tasks.release()

    made = [(release.month, release.asked_by) for release in Release.objects.all()]
    assert made == [(periods.newest_over(timezone.now()), None)]


def test_the_open_page_is_there_only_where_it_is_wanted(settings: Any, land: None) -> None:
    release()
    anybody = Client()

    assert anybody.get("/figures/open/").status_code == 404
    settings.FIGURES_PUBLIC = True
    answer = anybody.get("/figures/open/")

    assert answer.status_code == 200
    assert "Forced labour</th><td>20</td><td>20</td>" in answer.content.decode()
    assert "/figures/ctdc/" not in answer.content.decode()


def test_the_report_says_lower_bounds_alone(
    visiting: Any, coordinator: Member, land: None
) -> None:
    release()

    text = visiting(coordinator).see("/figures/2026-10/report/").content.decode()

    assert "At least 20 people were logged so far, at least 20 of them new." in text
    assert "No whole step of 20 people who were referred yet." in text
    assert "The largest number by kind of exploitation: Forced labour (20)." in text


@pytest.mark.parametrize(
    ("language", "below"),
    [("en", "below 11 with its noise"), ("ru", "меньше 11 с учётом шума"),
     ("be", "менш за 11 з улікам шуму")],
)  # fmt: skip
def test_a_noisy_number_promises_no_upper_limit(
    visiting: Any, coordinator: Member, language: str, below: str
) -> None:
    for value, about in (("Feminine", 11), ("Masculine", 10)):
        Noisy.objects.create(year=2026, table="sex", value=value, about=about, give_or_take=16)
    coordinator.language = language
    coordinator.save()

    text = visiting(coordinator).see("/figures/noisy/").content.decode()

    cells = re.findall("<td>(.*?)</td>", text)
    assert cells == ["11", below]
    assert f"{below[0].upper()}{below[1:]}" in text
