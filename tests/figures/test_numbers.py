"""What a small known land gives: every number of every table that people reach by what is done for them."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from agencies.models import Agency, Member, Service
from cases.models import Case
from cases.workflow import AgeBand
from demo import builders as make
from exchange.actions import making
from exchange.bench import Bench
from figures import ctdc, noise
from figures.models import Cell, Release
from identification.models import Decision, Identification
from referral.models import Referral
from reintegration.models import Review, Score
from tests.figures.people import (
    DECEMBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    added,
    agencies,
    means,
    numbers,
    people,
    release,
)
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
OPENED = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


class Land:
    """Five agencies, each of which refers to the next: of twenty people each knows eight."""

    def __init__(self) -> None:
        self.agencies = agencies(5)
        self.member = make.make_member(agency=self.agencies[0])
        self.authority = make.make_authority()
        self.officer: Member = make.make_officer(authority=self.authority)
        self.services: dict[tuple[int, str], Service] = {}

    def people(self, number: int, **facts: Any) -> list[Case]:
        """So many of each agency, opened on the first of October."""
        on = OPENED.date()
        return [case for each in self.agencies for case in people(each, number, on=on, **facts)]

    def service(self, agency: Agency, type_: str) -> Service:
        key = (agency.pk, type_)
        if key not in self.services:
            self.services[key] = make.make_service(agency=agency, type=type_)
        return self.services[key]

    def refer(self, cases: list[Case], *, to: str, state: str, **days: Any) -> None:
        """Each case to a service of the next agency; `days` after its opening each thing happened."""
        words: dict[str, Any] = {
            name: days.pop(name) for name in ("outcome", "decline_reason") if name in days
        }
        if state in {"completed", "confirmed"}:
            words["feedback"] = b"sealed"
        if "accepted_at" in days:
            words["accepted_by"] = self.member
        times = {name: OPENED + each * DAY for name, each in days.items()}
        follows = dict(zip(self.agencies, self.agencies[1:] + self.agencies[:1], strict=True))
        for case in cases:
            to_whom = follows[case.owner]
            Referral.objects.create(
                case=case, service=self.service(to_whom, to), sender=case.owner, receiver=to_whom,
                urgency="normal", state=state, drafted_at=OPENED, sent_by=self.member, groups=[],
                **times, **words,
            )  # fmt: skip

    def decide(
        self, cases: list[Case], result: str, stage: str, *, state: str, after: int
    ) -> None:
        at = OPENED + after * DAY
        for case in cases:
            row = Identification.objects.create(
                case=case, state=state, authority=self.authority, submitted_at=OPENED + DAY,
                submitted_by=self.member, reflection_ends_at=at if state == "possible" else None,
            )  # fmt: skip
            Decision.objects.create(
                identification=row, stage=stage, result=result, body="somebody", reasons=b"x",
                authority=self.authority, decided_at=at, decided_by=self.officer,
            )  # fmt: skip

    def score(
        self, cases: list[Case], area: str, *, on: dt.date, worker: list[int | None]
    ) -> None:
        """A held review of each with the worker's score, and the person's, which is not counted."""
        for case, mark in zip(cases, worker, strict=True):
            review = Review.objects.create(
                case=case, kind="planned", due_on=on, held_on=on, state="held",
                held_by=self.member, agency=case.owner,
            )  # fmt: skip
            Score.objects.create(review=review, area=area, worker=mark, person=0)


@pytest.fixture
def land() -> Land:
    return Land()


def test_referrals_give_funnel_services_outcomes_and_days(land: Land) -> None:
    land.refer(land.people(8), to="SHELTER_EMERGENCY", state="sent", sent_at=1)
    land.refer(
        land.people(8), to="LEGAL_AID", state="completed", outcome="service_provided",
        sent_at=1, received_at=2, accepted_at=2, first_contact_at=4, ended_at=20,
    )  # fmt: skip
    land.refer(
        land.people(4), to="LEGAL_AID", state="confirmed", outcome="service_provided",
        sent_at=1, received_at=2, accepted_at=2, first_contact_at=4.5, ended_at=20,
    )  # fmt: skip
    land.refer(
        land.people(4), to="LEGAL_AID", state="declined", decline_reason="no_capacity",
        sent_at=1, received_at=2, ended_at=3,
    )  # fmt: skip
    # Three of each agency do not fill a step.
    land.refer(
        land.people(3), to="MEDICAL", state="not_reached",
        sent_at=1, received_at=2, accepted_at=2, ended_at=9,
    )  # fmt: skip

    made = release()

    # 15 of those who were sent, seen and accepted wait; others of them took part in a step.
    assert numbers(made, "funnel") == {
        "sent": 120, "seen": 80, "accepted": 60, "met": 60, "completed": 60, "confirmed": 20,
    }  # fmt: skip
    assert numbers(made, "service") == {"SHELTER_EMERGENCY": 40, "LEGAL_AID": 80}
    assert numbers(made, "outcome") == {"service_provided": 60, "declined": 20}
    # Three days to the minute are within three days; half a day more are within a fortnight.
    assert numbers(made, "days_to_contact") == {"3": 40, "14": 20}


def test_decisions_give_how_far_people_have_come_and_days(land: Land) -> None:
    land.decide(land.people(4), "positive", "conclusive", state="confirmed", after=14)
    land.decide(land.people(4), "positive", "preliminary", state="possible", after=91)
    land.decide(land.people(4), "negative", "conclusive", state="not_confirmed", after=15)
    land.decide(land.people(3), "positive", "conclusive", state="confirmed", after=3)

    found = (
        numbers(release(DECEMBER), "stage"),
        numbers(release(dt.date(2027, 1, 1), LATER + 30 * DAY), "stage"),
    )

    assert found[0] == found[1] == {
        "logged": 60, "submitted": 60, "confirmed": 20, "possible": 20, "not_confirmed": 20,
    }  # fmt: skip
    last = Release.objects.get(month=DECEMBER)
    assert numbers(last, "days_to_decision") == {"14": 20, "30": 20, "more": 20}


# The mean of the first and of the newest review, without noise: and what is shown of it.
FIRST = [1] * 10 + [2] * 10
SCORES: dict[str, tuple[list[int], list[int], list[int], tuple[str, str]]] = {
    "as it is": (FIRST, [3] * 20, [0, 0], ("1.5", "3.0")),
    "to one tenth, an exact half to the even one": (
        [*FIRST[:-1], 3], [3] * 19 + [4], [0, 0], ("1.6", "3.0"),
    ),
    "with noise": (FIRST, [3] * 20, [5, -11], ("1.8", "2.4")),
    "cut": ([0] * 20, [4] * 20, [0, 0], ("0.3", "3.7")),
    "cut after the noise": ([0] * 20, [4] * 20, [8, 8], ("0.4", "3.7")),
}  # fmt: skip


@pytest.mark.parametrize("how", SCORES)
def test_means_are_those_of_a_steps_people(land: Land, how: str) -> None:
    first, last, noises, wanted = SCORES[how]
    cases = land.people(4)
    land.score(cases, "housing", on=dt.date(2026, 10, 5), worker=[*first])
    land.score(cases, "housing", on=dt.date(2026, 10, 20), worker=[*last])
    drawn, scales = iter(noises), list[Fraction]()

    def noise_of(scale: Fraction) -> int:
        scales.append(scale)
        return next(drawn)

    made = release(noise_of=noise_of)

    assert numbers(made, "reintegration") == {"housing": 20}
    assert means(made) == {"housing": tuple(Decimal(each) for each in wanted)}
    # As large as one score can be, in each of the two sums, once.
    assert scales == [Fraction(4), Fraction(4)]


def test_a_mean_takes_of_each_the_first_and_the_newest_review_with_a_score(land: Land) -> None:
    cases = land.people(4)
    for day, mark in ((5, None), (6, 1), (12, 4), (20, 2), (25, None)):
        land.score(cases, "work", on=dt.date(2026, 10, day), worker=[mark] * 20)
    # One review alone is no way that somebody has come.
    land.score(cases, "health", on=dt.date(2026, 10, 6), worker=[1] * 20)
    # What was held in November is not October's.
    land.score(cases, "work", on=dt.date(2026, 11, 2), worker=[4] * 20)

    made = release()

    assert means(made) == {"work": (Decimal("1.0"), Decimal("2.0"))}


def test_a_mean_that_no_step_stands_behind_is_none(land: Land) -> None:
    cases = land.people(4)[:19]
    for day in (5, 20):
        land.score(cases, "work", on=dt.date(2026, 10, day), worker=[2] * 19)

    assert (means(release()), Cell.objects.filter(table="reintegration").count()) == ({}, 0)


def test_the_next_month_means_its_own_new_steps(land: Land) -> None:
    for month, first, last in ((10, 1, 2), (11, 3, 3)):
        cases = land.people(4)
        for day, mark in ((5, first), (20, last)):
            land.score(cases, "work", on=dt.date(2026, month, day), worker=[mark] * 20)

    found = [means(release(month)) for month in (OCTOBER, NOVEMBER, DECEMBER)]

    assert found == [
        {"work": (Decimal("1.0"), Decimal("2.0"))}, {"work": (Decimal("3.0"), Decimal("3.0"))},
        {"work": (None, None)},
    ]  # fmt: skip


def test_the_noise_of_a_mean_is_drawn_from_the_service_own_source(land: Land) -> None:
    """The same draws, thrown by hand: every one of them is used once and none is made up."""
    cases = land.people(8)
    for day, mark in ((5, 1), (20, 3)):
        land.score(cases, "work", on=dt.date(2026, 10, day), worker=[mark] * 40)
    rnd, again = random.Random(11).randrange, random.Random(11).randrange
    by_hand = [noise.laplace(Fraction(4), again) for _ in range(2)]

    made = release(noise_of=lambda scale: noise.laplace(scale, rnd))

    assert by_hand != [0, 0]
    assert means(made) == {
        "work": tuple(
            round(Decimal(40 * mark + drawn) / 40, 1)
            for mark, drawn in zip((1, 3), by_hand, strict=True)
        )
    }


def test_a_larger_step_goes_through_everything(
    settings: Any, visiting: Any, coordinator: Member
) -> None:
    made = [release_of_29(settings)]
    settings.FIGURES_STEP = 20
    everywhere = Agency.objects.order_by("pk")[:4]
    for agency in everywhere:
        people(agency, 5, on=NOVEMBER, exploitation=["ForcedLabour"])
    made.append(release(NOVEMBER))
    text = visiting(coordinator).see("/figures/?period=2026-10").content.decode()

    assert [each.step for each in made] == [29, 20]
    assert [numbers(each, "sex") for each in made] == [{"Feminine": 29}, {"Feminine": 49}]
    assert [added(each, "sex") for each in made] == [{"Feminine": 29}, {"Feminine": 20}]
    assert "whole steps of 29" in text
    assert "Forced labour</th><td>29</td><td>29</td>" in text
    cells = made[0].cells.filter(table="ctdc").values_list("value", "total")
    assert len(ctdc.rows_of(cells, code="CT-AAAA-AAAA")) == 1 + 29


def release_of_29(settings: Any) -> Release:
    """29 people, of whom two agencies that join know eighteen."""
    settings.FIGURES_STEP = 29
    everywhere = agencies(4)
    for agency, number in zip(everywhere, (9, 9, 9, 2), strict=True):
        people(agency, number, exploitation=["ForcedLabour"])
    return release()


@pytest.fixture
def coordinator() -> Member:
    return make.make_member(agency=make.make_agency(is_coordinating=True), role="coordinator")


def test_too_small_a_step_is_twenty(settings: Any, land: Land) -> None:
    settings.FIGURES_STEP = 5
    cases = land.people(3)

    made = release()

    assert (len(cases), made.step, numbers(made, "sex")) == (15, 20, {})


def test_who_came_with_a_file_is_counted_as_anybody(land: Land) -> None:
    """With what stands sealed in it, from the day on which the case was opened."""
    now = dt.datetime.now(dt.UTC)
    on = now.date()
    facts: Any = {
        "gender": "Masculine",
        "exploitation": ["ForcedLabour"],
        "citizenship": ["UA"],
    }
    for agency in land.agencies[1:]:
        people(agency, 4, on=on, **facts)
    member = make.make_member(agency=land.agencies[0])
    people(land.agencies[0], 3, on=on, **facts)
    before = release(on.replace(day=1), now + 60 * DAY)
    values = {
        "prs_FirstName": "Ann", "prs_Gender": "Masculine", "prs_Citizenship": ["UA"],
        "vic_TypeOfExploitation": ["ForcedLabour"],
    }  # fmt: skip
    case = imported(member, values)
    Case.objects.filter(pk=case.pk).update(state="open", opened_at=case.registered_at)

    after = release(_month_after(on), now + 100 * DAY)

    assert (numbers(before, "sex"), numbers(before, "exploitation")) == ({}, {})
    assert numbers(after, "sex") == {"Masculine": 20}
    assert numbers(after, "exploitation") == {"ForcedLabour": 20}
    assert numbers(after, "citizenship") == {"eastern_europe": 20}


def imported(by: Member, values: dict[str, Any]) -> Case:
    """The case that a row of a file became."""
    job = make.make_checked(by=by, started=True, values=values)
    making.write_rows(bench=Bench(job), keys=list(job.rows.values_list("pk", flat=True)))
    found = job.rows.get().case
    assert found is not None
    return found


def _month_after(on: dt.date) -> dt.date:
    return (on.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


@pytest.mark.parametrize("band", AgeBand.values)
def test_ages_go_out_in_the_bands_of_the_ctdc(band: str) -> None:
    """0--8, 9--17, 18--20, 21--23, 24--26, 27--29, 30--38, 39--47 and 48+, and nothing else."""
    bands = {"0-8", "9-17", "18-20", "21-23", "24-26", "27-29", "30-38", "39-47", "48+"}

    (_, row) = ctdc.rows_of([(f"2026|Woman|{band}||1|0|0|0|0|0", 1)], code="CT-AAAA-AAAA")
    said = dict(zip(ctdc.COLUMNS, row, strict=True))

    wanted = band.replace("-", "--") if band in bands else ""
    assert (said["ageBroad"], said["yearOfRegistration"]) == (wanted, "2026")
    assert (wanted == "") == (band == AgeBand.UNKNOWN)
