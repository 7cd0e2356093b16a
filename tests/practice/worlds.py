"""A learner's space as it is when a worker has built it, and what the worker does next."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from agencies.models import Member
from cases.models import Case
from practice import tasks
from practice.actions import wishing
from practice.acts import Stage, play
from practice.models import Space
from practice.scenarios import act_of
from practice.vocabulary import LEARNER


def work() -> None:
    """Whatever a worker does until nothing is left to do: long times pass in parts."""
    for _ in range(40):
        tasks.work()
        if not Space.objects.exclude(wanted="").exists():
            return


@dataclass
class Played:
    """A space, and the learner's acts in it by the real actions."""

    learner: Member
    code: str

    @property
    def space(self) -> Space:
        return Space.objects.get(code=self.code)

    @property
    def seat(self) -> Member:
        found = Space.objects.select_related("seat__agency").get(code=self.code).seat
        assert found is not None, "it is open"
        return found

    def do(self, said: dict[str, Any]) -> None:
        """One line of a play: hours that pass, or an act; the learner's, unless it says whose."""
        if "hours" in said:
            self.pass_time(said["hours"])
            return
        act = act_of(said)
        play(self._stage(), replace(act, by=act.by or LEARNER))
        self.turn()

    def turn(self) -> None:
        wishing.look(code=self.code, by=self.learner, at=timezone.now())
        work()

    def pass_time(self, hours: int) -> None:
        """So many hours, in the steps that the page offers."""
        left = hours
        for step in sorted(wishing.MOVES, reverse=True):
            while left >= step:
                wishing.move_on(code=self.code, hours=step, by=self.learner, at=timezone.now())
                work()
                left -= step

    def wipe(self) -> None:
        wishing.wipe(code=self.code, by=self.learner, at=timezone.now())
        work()

    def _stage(self) -> Stage:
        members = Member.objects.select_related("agency").in_bulk(self.space.parts.values())
        cast = {part: members[number] for part, number in self.space.parts.items()}
        codes = Case.objects.filter(owner__space=self.space.pk).order_by("-pk")
        return Stage(
            cast, self.space.language, timezone.now(),
            codes.values_list("code", flat=True).first() or "",
        )  # fmt: skip


def begin(learner: Member, scenario: str, language: str = "en") -> Played:
    """A space that is open."""
    space = wishing.begin(scenario=scenario, language=language, by=learner, at=timezone.now())
    work()
    return Played(learner, space.code)
