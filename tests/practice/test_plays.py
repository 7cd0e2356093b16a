"""Every scenario is played to its end by the real actions: as it is meant, and as it goes wrong."""

import datetime as dt

import pytest

from cases.models import Case
from practice.scenarios import Scenario, current
from reintegration.models import Plan, Review
from tests.practice.player import Play, Run, plays_of

EVERY = [
    (scenario, play) for scenario in current().values() for play in plays_of(scenario.code)
]


def name(value: object) -> str:
    return value.code if isinstance(value, Scenario) else str(getattr(value, "name", value))


@pytest.mark.django_db
@pytest.mark.parametrize(("scenario", "play"), EVERY, ids=name)
def test_a_play_ends_as_it_says(scenario: Scenario, play: Play) -> None:
    run = Run(scenario)

    for act in play.do:
        run.do(act)

    assert run.over == play.ends


@pytest.mark.django_db
def test_what_is_given_was_done_on_its_day() -> None:
    run = Run(current()["return_risk"])

    def days_ago(moment: dt.datetime | None) -> int:
        assert moment is not None
        return (run.stage.at - moment).days

    case = Case.objects.get(code=run.stage.case)
    held = Review.objects.get(case=case, state="held")
    assert days_ago(case.registered_at) == 60
    assert days_ago(Plan.objects.get(case=case).agreed_at) == 49
    assert days_ago(held.ended_at) == 12
    assert case.worker == run.stage.cast["learner"]


@pytest.mark.parametrize("code", current())
def test_every_scenario_has_a_good_play_and_every_ending_is_reached(code: str) -> None:
    scenario, plays = current()[code], plays_of(code)
    good = {
        step.key: {o.key for o in step.outcomes if o.good == "good"} for step in scenario.steps
    }
    all_good = [play for play in plays if all(
        play.ends.get(key) in keys for key, keys in good.items()
    )]  # fmt: skip
    reached = {(step, key) for play in plays for step, key in play.ends.items()}
    every = {(step.key, each.key) for step in scenario.steps for each in step.outcomes}

    assert len(all_good) >= 1
    assert every - reached == set()
