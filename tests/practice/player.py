"""Plays a scenario as a learner would: acts, and moves of the clock, from a file of `plays/`.

A play says at which step each act is done and how every step ends. The members are made up; every act is the
real action.
"""

import datetime as dt
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from agencies import jurisdiction
from agencies.models import Agency, Member
from audit import log
from demo import builders as make
from kernel.errors import Refused
from notify import ladder
from practice import judging, turns
from practice.acts import Stage, play
from practice.facts import facts
from practice.given import begin
from practice.scenarios import Cast, Scenario, act_of
from practice.vocabulary import LEARNER, Fact
from referral.actions import answering
from reintegration.actions import watching

PLAYS = Path(__file__).parent / "plays"
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Play:
    name: str
    ends: dict[str, str]
    do: list[dict[str, Any]]


def plays_of(code: str) -> list[Play]:
    said = tomllib.loads((PLAYS / f"{code}.toml").read_text(encoding="utf-8"))
    return [Play(each["name"], each["ends"], each["do"]) for each in said["play"]]


def agency_of(cast: Cast) -> Agency:
    """The agency with its services; one that decides is of a kind that decides here."""
    kind, body = cast.type, ""
    if cast.decides:
        deciding = jurisdiction.current().deciding_bodies[0]
        body = deciding.code
        kind = kind if kind in deciding.agency_types else min(deciding.agency_types)
    agency = make.make_agency(
        name=cast.name["en"], type=kind, region=cast.region, district=cast.district,
        deciding_body=body,
    )  # fmt: skip
    for service in cast.services:
        make.make_service(agency=agency, **dict(service) | {"name": service["name"]["en"]})
    return agency


@dataclass
class Run:
    """One run of a scenario, from the beginning on."""

    scenario: Scenario
    language: str = "en"
    agencies: dict[str, Agency] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    before: judging.Before = field(default_factory=dict)
    moved: float = 0

    def __post_init__(self) -> None:
        self.agencies = {key: agency_of(cast) for key, cast in self.scenario.agencies.items()}
        cast: dict[str, Member] = {
            part: make.make_member(agency=self.agencies[key], role=role)
            for part, (key, role) in self.scenario.parts.items()
        }
        self.stage = begin(self.scenario, Stage(cast, self.language, timezone.now()))
        self.judge()

    def facts(self) -> dict[str, Fact]:
        numbers = {key: agency.pk for key, agency in self.agencies.items()}
        return facts(numbers, case=self.stage.case, at=self.stage.at)

    def judge(self) -> None:
        self.over, self.before = judging.judge(
            self.scenario, self.facts(), self.over, self.before, clock=self.moved
        )

    def do(self, said: dict[str, Any]) -> None:
        if "hours" in said:
            self.wait(said["hours"])
        else:
            act = act_of(said)
            by = self.stage.cast[act.by or LEARNER]
            self.stage = play(self.stage, act, by=by)
            self.stage = self.stage.later(at=self.stage.at + dt.timedelta(minutes=1))
        self.settle()

    def settle(self) -> None:
        turns.take(self.scenario, self.stage)
        self.judge()

    def wait(self, hours: float) -> None:
        """Hour by hour, so that partners act in their order, and clocks run as they do."""
        self.moved += hours
        for _ in range(int(hours)):
            at = self.stage.at + HOUR
            self.stage = self.stage.later(at=at)
            turns.take(self.scenario, self.stage)
            ladder.fire_due(at)
            for code in ladder.lapsed(at):
                with suppress(Refused):
                    answering.expire(code=code, by=log.CLOCK, at=at)
        if self.stage.case:
            watching.evaluate(code=self.stage.case, by=log.CLOCK, at=self.stage.at)
