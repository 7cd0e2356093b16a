"""Time that is moved on stops where something comes, and passes over what is quiet."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Member
from identification import queries as identifications
from notify import ladder
from notify.models import Clock, Rung
from practice.actions import playing, wishing
from practice.tasks import BETWEEN
from referral import queries as referrals
from referral.models import Referral
from reintegration import queries as reintegrations
from tests.practice.player import plays_of
from tests.practice.worlds import Played, begin, work
from tests.rights.filled import fill

pytestmark = pytest.mark.django_db
NOW, HOUR = dt.timedelta(), dt.timedelta(hours=1)


@pytest.fixture
def referred(sender: Member) -> Played:
    """To a clinic and to a shelter, each of which takes an hour to accept; nobody agrees on a time."""
    played = begin(sender, "construction")
    for said in plays_of("construction")[0].do[:9]:
        played.do(said)
    return played


def stops_within(played: Played, hours: int) -> int:
    """How often time has stopped until so many hours have passed."""
    stops: list[dt.datetime] = []
    at = timezone.now()
    wishing.move_on(code=played.code, hours=hours, by=played.learner, at=at)

    def stop(*, space: int) -> None:
        assert space == played.space.pk
        stops.append(timezone.now())

    between: list[playing.Sweep] = [*BETWEEN, stop]
    # Long times pass in parts.
    while playing.move_on(code=played.code, between=between):
        pass
    # What is due is looked at before any of it has passed, too.
    return len(stops) - 1


def test_what_comes_comes_in_its_hour(referred: Played) -> None:
    assert stops_within(referred, 24) < 24

    sent = Referral.objects.filter(sender__space=referred.space.pk)
    accepted = [
        each.accepted_at - each.sent_at for each in sent if each.accepted_at and each.sent_at
    ]
    rungs = Rung.objects.filter(clock__sender__space=referred.space.pk, fired_at__isnull=False)
    late = [each.fired_at - each.fires_at for each in rungs if each.fired_at]
    assert len(accepted) == 2
    assert all(NOW <= each - HOUR < HOUR for each in accepted)
    assert late != []
    assert all(NOW <= each < HOUR for each in late)


def test_a_quiet_week_is_no_hundred_hours(sender: Member) -> None:
    assert stops_within(begin(sender, "construction"), 7 * 24) == 7


def test_a_deadline_that_is_held_is_looked_at_each_hour(referred: Played) -> None:
    """So it goes on after the time for which it may be held, and not hours later."""
    clocks = Rung.objects.filter(clock__sender__space=referred.space.pk).values("clock")
    held = Clock.objects.filter(pk__in=clocks, purpose="reply")
    assert held.update(paused_at=timezone.now(), was_paused=True) == 2
    Referral.objects.filter(sender__space=referred.space.pk).update(state="info_requested")

    assert stops_within(referred, 6) == 6


def due(at: dt.datetime) -> dict[str, list[Any]]:
    """What clocks have to do by then, everywhere."""
    rungs = Rung.objects.filter(fired_at=None, fires_at__lte=at, clock__stopped_at=None)
    consents, overrides = referrals.over(at)
    return {
        "rungs": sorted(rungs.values_list("pk", flat=True)),
        "lapsed": ladder.lapsed(at),
        "consents": consents,
        "overrides": overrides,
        "reflections": identifications.reflections_over(at),
        "windows": identifications.windows_over(at),
        "watched": reintegrations.due_for_watching(at),
    }


def test_what_is_real_waits_for_its_own_time(sender: Member) -> None:
    """Each sweep finds what is due in the space, and nothing of what is due elsewhere."""
    fill()
    later = timezone.now() + dt.timedelta(days=400)
    with time_machine.travel(later, tick=False):
        played = begin(sender, "withdrawn_consent")
        real = due(later)
        wishing.move_on(code=played.code, hours=24, by=sender, at=later)
        work()

    assert {name for name, found in real.items() if found} == {
        "rungs", "consents", "reflections", "watched",
    }  # fmt: skip
    assert played.space.moved == dt.timedelta(days=1)
    assert due(later) == real


def test_time_that_passes_at_once_ends_no_step_that_began_in_it(sender: Member) -> None:
    """Two days are one wish: the learner reads the next step only when they are over."""
    played = begin(sender, "sexual")
    for said in plays_of("sexual")[0].do[:8]:
        played.do(said)
    played.do(
        {
            "act": "screen", "instrument": "forced_labour_11", "language": "rus",
            "yes": ["debt_bondage", "deception", "intimidation_and_threats"],
            "no": ["isolation", "withholding_of_wages", "excessive_overtime"],
        }
    )  # fmt: skip
    before = dict(played.space.over)

    played.pass_time(24)
    after = dict(played.space.over)
    played.pass_time(1)

    assert sorted(before) == ["doctor", "place"]
    assert after == before | {"arrival": "met"}
    assert played.space.over == after | {"signs": "every_question"}
