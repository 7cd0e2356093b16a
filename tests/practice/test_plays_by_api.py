"""Every scenario is played to its end by the API alone, in every language of the service."""

from typing import Any

import pytest

from agencies.models import Member
from cases.models import Case
from kernel.datafiles import LANGUAGES
from practice.scenarios import Scenario, current
from practice.vocabulary import ACTS
from tests.practice.byapi import DO, Program
from tests.practice.player import plays_of

# A partner's or officer's silence is nothing that is done.
NOTHING_TO_DO = {"stay_silent"}


def name(value: object) -> str:
    return value.code if isinstance(value, Scenario) else str(value)


@pytest.mark.django_db
@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("scenario", current().values(), ids=name)
def test_a_program_plays_it_well_from_the_first_step_to_the_last(
    signed_in: Any, sender: Member, scenario: Scenario, language: str
) -> None:
    play = plays_of(scenario.code)[0]
    program = Program(signed_in(sender), scenario, language)
    begun = program.begin()
    assert (begun["wanted"], begun["fault"], begun["over"]) == ("", "", [])
    assert begun["now"]["key"] == scenario.steps[0].key

    for line in play.do:
        program.do(line)

    ended = program.look()
    outcomes = [
        next(each for each in step.outcomes if each.key == play.ends[step.key])
        for step in scenario.steps
    ]
    assert {each["key"]: each["outcome"] for each in ended["over"]} == play.ends
    assert [each["good"] for each in ended["over"]] == ["good"] * len(scenario.steps)
    assert [
        (each["says"][language], each["whys"], each["sources"]) for each in ended["over"]
    ] == [(each.says[language], [*each.whys], [*each.sources]) for each in outcomes]
    assert all(each["says"][language].strip() for each in ended["over"])
    assert (ended["now"], ended["wanted"], ended["fault"]) == (None, "", "")
    assert ended["finished_at"] is not None

    wiped = program.wipe()
    assert (wiped["wanted"], wiped["fault"], wiped["seat"]) == ("", "", None)
    assert wiped["wiped_at"] is not None
    assert {each["key"]: each["outcome"] for each in wiped["over"]} == play.ends
    assert not Case.objects.filter(code__startswith="PX-").exists()


def test_every_act_of_a_learner_has_its_requests() -> None:
    assert set(DO) == set(ACTS) - NOTHING_TO_DO
