"""Noise has the distribution that it says, and no year spends more than its budget."""

import datetime as dt
import math
import os
import random
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from scipy import stats

from audit import log
from audit.models import AuditEvent
from config import env
from figures import noise
from figures.models import Noisy, Release, Spent
from figures.noise import NOISED, give_or_take, laplace
from kernel.errors import Refused
from tests.figures.people import DECEMBER, LATER, NOVEMBER, agencies, numbers, people, release

SEED, DRAWN = 7, 40_000


def chance(k: int, scale: Fraction) -> float:
    """Of the discrete Laplace distribution."""
    p = math.exp(-1 / scale)
    return (1 - p) / (1 + p) * p ** abs(k)


@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(1), Fraction(7, 3), Fraction(20)])
def test_the_noise_is_discrete_laplace(scale: Fraction) -> None:
    below = random.Random(SEED).randrange
    drawn = Counter(laplace(scale, below) for _ in range(DRAWN))

    # Whole numbers that come up often enough, and all that lie further out on each side.
    edge = next(k for k in range(1, 1000) if chance(k, scale) * DRAWN < 20)
    inside = range(-edge + 1, edge)
    found = [drawn[k] for k in inside]
    wanted = [chance(k, scale) * DRAWN for k in inside]
    found.append(DRAWN - sum(found))
    wanted.append(DRAWN - sum(wanted))
    assert stats.chisquare(found, wanted).pvalue > 0.001


def test_another_distribution_would_be_seen() -> None:
    """The test of the test: noise of a scale that is a tenth too large."""
    below = random.Random(SEED).randrange
    drawn = Counter(laplace(Fraction(22), below) for _ in range(DRAWN))
    inside = range(-60, 61)
    found = [drawn[k] for k in inside]
    wanted = [chance(k, Fraction(20)) * DRAWN for k in inside]
    found.append(DRAWN - sum(found))
    wanted.append(DRAWN - sum(wanted))

    assert stats.chisquare(found, wanted).pvalue < 0.001


@pytest.mark.parametrize("scale", [Fraction(1), Fraction(7, 3), Fraction(20), Fraction(300)])
def test_give_or_take_is_the_least_that_holds_19_times_of_20(scale: Fraction) -> None:
    def within(t: int) -> float:
        return sum(chance(k, scale) for k in range(-t, t + 1))

    t = give_or_take(scale)

    assert within(t) >= 0.95 - 1e-9
    assert t == 0 or within(t - 1) < 0.95


@pytest.mark.django_db
def test_a_year_is_noised_once_and_spends_its_whole_budget(settings: Any) -> None:
    settings.FIGURES_EPSILON = Decimal(2)
    for agency in agencies(3):
        people(agency, 200, on=NOVEMBER, exploitation=["ForcedLabour"])

    release(DECEMBER)

    spent = dict(Spent.objects.values_list("table", "epsilon"))
    part = (Decimal(2) / len(NOISED)).quantize(Decimal("0.00001"), "ROUND_DOWN")
    assert spent == {table.code: part for table in NOISED}
    assert 0 <= Decimal(2) - sum(spent.values()) < Decimal("0.001")
    sex = {row.value: row for row in Noisy.objects.filter(year=2026, table="sex")}
    assert sex["Feminine"].give_or_take == give_or_take(Fraction(1) / Fraction(part))
    # In a million runs this fails less than once: it lies twelve scales off.
    assert abs(sex["Feminine"].about - 600) < 15 * len(NOISED) / 2
    # Every value that there may be has its number, so that none tells by being there.
    assert len(sex) == 6
    kinds = Noisy.objects.filter(table="exploitation").values_list("give_or_take", flat=True)
    assert set(kinds) == {give_or_take(Fraction(3) / Fraction(part))}


@pytest.mark.django_db
def test_nobody_moves_more_numbers_of_a_table_than_is_said(settings: Any) -> None:
    """With a budget without end the noise is nothing, and what is counted can be read."""
    settings.FIGURES_EPSILON = Decimal(900)
    kinds = ["ForcedLabour", "Servitude", "Surrogacy", "OrganRemoval", "ForcedBegging"]
    (agency,) = agencies(1)
    people(agency, 7, on=NOVEMBER, exploitation=kinds)

    release(DECEMBER)

    rows = Noisy.objects.filter(table="exploitation")
    assert sum(row.about for row in rows) == 7 * noise.MOST_CELLS


@pytest.mark.django_db
def test_without_a_budget_there_is_no_noise(settings: Any) -> None:
    settings.FIGURES_EPSILON = None
    release(DECEMBER)

    assert (Noisy.objects.count(), Spent.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_more_than_the_budget_is_refused(settings: Any) -> None:
    settings.FIGURES_EPSILON = Decimal(1)
    noise.spend(2026, "sex", Decimal("0.6"), at=LATER)
    noise.spend(2025, "sex", Decimal("0.9"), at=LATER)

    with pytest.raises(Refused) as found:
        noise.spend(2026, "age", Decimal("0.5"), at=LATER)
    assert found.value.code == "budget_spent"
    noise.spend(2026, "age", Decimal("0.4"), at=LATER)
    with pytest.raises(Refused):
        noise.spend(2026, "region", Decimal("0.00001"), at=LATER + dt.timedelta(days=1))
    assert Spent.objects.filter(year=2026).count() == 2


@pytest.mark.django_db
def test_a_table_takes_of_the_budget_once(settings: Any) -> None:
    settings.FIGURES_EPSILON = Decimal(1)
    noise.spend(2026, "sex", Decimal("0.1"), at=LATER)

    with pytest.raises(Refused) as found:
        noise.spend(2026, "sex", Decimal("0.1"), at=LATER)
    assert found.value.code == "budget_spent"


@pytest.mark.django_db
def test_what_the_budget_does_not_cover_never_keeps_december_from_being_made(
    settings: Any,
) -> None:
    settings.FIGURES_EPSILON = Decimal("1.1")
    for agency in agencies(4):
        people(agency, 5, on=NOVEMBER)
    # Of eleven parts four are left, and one table has had its own.
    noise.spend(2026, "another", Decimal("0.6"), at=LATER)
    noise.spend(2026, "stage", Decimal("0.1"), at=LATER)

    made = release(DECEMBER)

    assert (made.state, numbers(made, "sex")) == (Release.State.MADE, {"Feminine": 20})
    covered = [table.code for table in NOISED[1:5]]
    assert set(Noisy.objects.values_list("table", flat=True)) == set(covered)
    told = AuditEvent.objects.filter(event="figures.noise_refused").order_by("pk")
    assert [(event.actor, event.about, event.facts) for event in told] == [
        (log.CLOCK.username, "2026", {"table": table.code, "why": "budget_spent"})
        for table in (NOISED[0], *NOISED[5:])
    ]


@pytest.mark.parametrize("said", ["0.01", "2", "10"])
def test_a_budget_that_hides_somebody_and_says_something(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("FIGURES_EPSILON", said)

    assert env.decimal("FIGURES_EPSILON", least="0.01", most="10") == Decimal(said)


@pytest.mark.parametrize("said", ["0", "0.009", "10.01", "-1", "NaN", "Infinity", "much"])
def test_the_service_does_not_start_with_any_other(said: str) -> None:
    begun = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        env=os.environ | {"FIGURES_EPSILON": said},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    why = "a number" if said == "much" else "a number from 0.01 to 10"
    assert begun.stderr.splitlines()[-1] == (
        f"RuntimeError: FIGURES_EPSILON must be {why}, not {said!r}."
    )
