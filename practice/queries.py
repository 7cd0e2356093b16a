"""Which spaces there are, and what waits in them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from agencies.models import Member
from practice import judging, policy
from practice.models import Space
from practice.scenarios import Outcome, Scenario, Step, get

# Who has not been there for so long comes back to nobody.
FORGOTTEN = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Past:
    """A step that is over, and what is to be said of how it ended."""

    step: Step
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the learner is: what is over, in its order, and what is to be done now."""

    scenario: Scenario
    past: list[Past]
    now: Step | None

    @property
    def total(self) -> int:
        return len(self.scenario.steps)

    @property
    def good(self) -> int:
        """How many steps have ended as well as they could."""
        return sum(
            each.outcome is not None and each.outcome.good == "good" for each in self.past
        )


def live(actor: Member) -> Space | None:
    """The space that the learner has now, with whoever sits in their seat."""
    rows = policy.visible_to(actor).filter(wiped_at__isnull=True)
    return rows.first()


def begun(actor: Member, *, since: dt.datetime) -> int:
    """How many spaces the learner has begun since then, those that are wiped among them."""
    return policy.visible_to(actor).filter(begun_at__gt=since).count()


def past(actor: Member, *, most: int = 50) -> list[Space]:
    """What the learner has played to its end, the newest first."""
    rows = policy.visible_to(actor).filter(finished_at__isnull=False)
    return list(rows.order_by("-pk")[:most])


def played(actor: Member) -> Mapping[str, dt.datetime]:
    """When the learner has last finished each scenario."""
    found: dict[str, dt.datetime] = {}
    for space in past(actor):
        assert space.finished_at is not None, "asked for above"
        found.setdefault(space.scenario, space.finished_at)
    return found


def scenario_of(space: Space) -> Scenario | None:
    """The scenario by which it was begun; None where its file was taken away."""
    return get(space.scenario, space.version)


def progress(space: Space) -> Progress | None:
    scenario = scenario_of(space)
    if scenario is None:
        return None
    over = [step for step in scenario.steps if step.key in space.over]
    done = [Past(step, judging.outcome(step, space.over)) for step in over]
    return Progress(scenario, done, judging.now(scenario, space.over))


def wishes() -> list[str]:
    """The codes of the spaces in which a worker has something to do, the oldest wish first."""
    rows = Space.objects.exclude(wanted="").filter(wiped_at__isnull=True)
    return list(rows.order_by("used_at", "pk").values_list("code", flat=True)[:100])


def forgotten(at: dt.datetime) -> list[str]:
    """The spaces that nobody has used for a month."""
    rows = Space.objects.filter(wiped_at__isnull=True, used_at__lte=at - FORGOTTEN)
    return list(
        rows.exclude(wanted=Space.Wanted.WIPING)
        .order_by("pk")
        .values_list("code", flat=True)[:100]
    )
