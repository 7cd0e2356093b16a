"""What the API reads and shows of practice. Feedback is told of steps that are over, and of no other."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from agencies.lists import LANGUAGES
from practice import queries
from practice.actions.wishing import MOVES
from practice.models import Space
from practice.queries import Past, Progress
from practice.scenarios import Scenario, Step


class BeginIn(serializers.Serializer[Any]):
    """`language` is that of what the others say."""

    scenario = serializers.CharField(max_length=30)
    language = serializers.ChoiceField(choices=LANGUAGES)


class ClockIn(serializers.Serializer[Any]):
    """How many hours pass."""

    hours = serializers.ChoiceField(choices=MOVES)


class Nothing(serializers.Serializer[Any]):
    """An act that needs no words."""


class ScenarioOut(TypedDict):
    code: str
    version: str
    minutes: int
    topics: list[str]
    title: dict[str, str]
    story: dict[str, str]
    steps: int
    played_at: dt.datetime | None


class StepOut(TypedDict):
    """What is to be done. `waits` where time has to pass, after what can be done."""

    key: str
    happens: dict[str, str]
    task: dict[str, str]
    waits: bool


class EndedOut(TypedDict):
    """How a step has ended, what a good answer weighs, and why."""

    key: str
    happens: dict[str, str]
    task: dict[str, str]
    outcome: str | None
    good: str | None
    says: dict[str, str] | None
    whys: list[str]
    sources: list[str]


class SpaceOut(TypedDict):
    """`wanted` is what a worker still has to do there: begin, turn, move, wipe, or nothing. Whoever sends
    `code` as the header Safehand-Practice acts in it as `seat`."""

    code: str
    scenario: str
    version: str
    seat: str | None
    wanted: str
    fault: str
    begun_at: dt.datetime
    moved_hours: int
    finished_at: dt.datetime | None
    wiped_at: dt.datetime | None
    over: list[EndedOut]
    now: StepOut | None


def scenario_out(scenario: Scenario, played_at: dt.datetime | None) -> ScenarioOut:
    return {
        "code": scenario.code,
        "version": scenario.version,
        "minutes": scenario.minutes,
        "topics": list(scenario.topics),
        "title": dict(scenario.title),
        "story": dict(scenario.story),
        "steps": len(scenario.steps),
        "played_at": played_at,
    }


def space_out(space: Space) -> SpaceOut:
    found = queries.progress(space)
    return {
        "code": space.code,
        "scenario": space.scenario,
        "version": space.version,
        "seat": space.seat.username if space.seat else None,
        "wanted": space.wanted,
        "fault": space.fault,
        "begun_at": space.begun_at,
        "moved_hours": int(space.moved.total_seconds() // 3600),
        "finished_at": space.finished_at,
        "wiped_at": space.wiped_at,
        "over": [_ended(each) for each in found.past] if found else [],
        "now": _now(found),
    }


def _now(found: Progress | None) -> StepOut | None:
    return _step(found.now) if found is not None and found.now is not None else None


def _step(step: Step) -> StepOut:
    return {
        "key": step.key,
        "happens": dict(step.happens),
        "task": dict(step.task),
        "waits": step.waits,
    }


def _ended(past: Past) -> EndedOut:
    step, ended = past.step, past.outcome
    return {
        "key": step.key,
        "happens": dict(step.happens),
        "task": dict(step.task),
        "outcome": ended.key if ended else None,
        "good": ended.good if ended else None,
        "says": dict(ended.says) if ended else None,
        "whys": list(ended.whys) if ended else [],
        "sources": list(ended.sources) if ended else [],
    }
