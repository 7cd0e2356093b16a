"""Reads across a plan: how support stands, how the areas of life went, what a rule may look at."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from django.db.models import QuerySet

from agencies import jurisdiction
from agencies.codelists import entries
from agencies.jurisdiction import Jurisdiction
from agencies.policy import of_space
from cases import deadlines
from cases.models import Case
from cases.workflow import State as CaseState
from notify import ladder
from notify.models import Clock
from reintegration.models import Action, Alert, CheckIn, Plan, Review, Score
from reintegration.workflow import (
    IN_TOUCH,
    RUNNING,
    ActionState,
    GoalState,
    NotHeld,
    ReviewState,
    State,
    Verb,
)

AREAS = "reintegration_area"
# While a case is in one of these, a plan can be begun.
UNDER_WAY = frozenset({CaseState.OPEN, CaseState.FOLLOW_UP})
# What the passing of days alone may turn into a warning.
WATCHED = (
    Clock.Purpose.CHECK_IN,
    Clock.Purpose.REVIEW,
    Clock.Purpose.FOLLOW_UP,
    Clock.Purpose.ACTION,
)


def support_state(case: Case) -> State:
    """How far support has come: the state of the newest plan."""
    newest = case.plans.order_by("-pk").values_list("state", flat=True).first()
    return State(newest) if newest else State.NONE


def running_plan(case: Case) -> Plan | None:
    """The plan that is being made or carried out; there is one at most."""
    return running_plans(case).first()


def has_running_plan(case: Case) -> bool:
    return running_plans(case).exists()


def running_plans(case: Case) -> QuerySet[Plan]:
    """The same, not fetched yet."""
    return case.plans.filter(state__in=RUNNING)


def active_plan(case: Case) -> Plan | None:
    """The plan that the person has agreed to and that goes on."""
    return case.plans.filter(state=State.ACTIVE).first()


def why_not_yet(plan: Plan, verb: str) -> str:
    """What the plan itself still lacks for this verb, as a code; empty if nothing."""
    if verb not in {Verb.AGREE, Verb.COMPLETE}:
        return ""
    # Looked through here: who shows the plan has its goals at hand already.
    states = {goal.state for goal in plan.goals.all()}
    if verb == Verb.AGREE and states <= {GoalState.DROPPED}:
        return "plan_has_no_goal"
    if verb == Verb.COMPLETE:
        if not plan.reviews.filter(state=ReviewState.HELD).exists():
            return "review_is_due"
        if GoalState.OPEN in states:
            return "goal_is_open"
    return ""


def areas() -> list[str]:
    """The areas of life that are scored now, in the order of their list."""
    return [code for code, entry in entries(AREAS).items() if not entry.retired]


def earlier_is_due(review: Review) -> bool:
    """Whether one that was planned before it still waits to be held."""
    if review.month is None:
        return False
    return Review.objects.filter(
        case=review.case_id,
        kind=review.kind,
        plan=review.plan_id,
        month__lt=review.month,
        state=ReviewState.DUE,
    ).exists()


def last_held_on(case: Case) -> dt.date | None:
    held = case.reviews.filter(state=ReviewState.HELD).order_by("-held_on")
    return held.values_list("held_on", flat=True).first()


def last_contact(case: Case, plan: Plan) -> dt.date:
    """The last day on which somebody was in touch with the person, where the owner is: by a
    check-in, at a review, or when the plan was agreed."""
    assert plan.agreed_at is not None, "an active plan was agreed to"
    reached = case.check_ins.filter(result__in=IN_TOUCH).order_by("-tried_at")
    moments = [plan.agreed_at, *reached.values_list("tried_at", flat=True)[:1]]
    held = last_held_on(case)
    days = [deadlines.today(case, moment) for moment in moments]
    return max([*days, held] if held else days)


class Point(TypedDict):
    """How an area stood at one review: as the worker saw it, and as the person said."""

    review: str
    kind: str
    month: int | None
    on: dt.date
    worker: int | None
    person: int | None
    agency: str


class Line(TypedDict):
    area: str
    points: list[Point]


def trajectory(case: Case) -> list[Line]:
    """How each area of life went from review to review, oldest first, whoever owned the case."""
    lines: dict[str, list[Point]] = {area: [] for area in entries(AREAS)}
    for review in held_reviews(case):
        assert review.held_on is not None, "held"
        assert review.agency is not None, "held by somebody"
        for score in review.scores.all():
            lines.setdefault(score.area, []).append(
                {
                    "review": review.code,
                    "kind": review.kind,
                    "month": review.month,
                    "on": review.held_on,
                    "worker": score.worker,
                    "person": score.person,
                    "agency": review.agency.code,
                }
            )
    return [{"area": area, "points": points} for area, points in lines.items()]


def held_reviews(case: Case) -> list[Review]:
    """The reviews that were held, oldest first, with their scores."""
    held = case.reviews.filter(state=ReviewState.HELD).select_related("agency")
    return list(held.prefetch_related("scores").order_by("held_on", "ended_at", "pk"))


@dataclass(frozen=True, slots=True)
class Try:
    """One try to be in touch, by a check-in or at a review."""

    at: dt.datetime
    code: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a rule may look at, in codes, days and numbers: nothing sealed."""

    today: dt.date
    law: Jurisdiction
    check_in_due: dt.date | None
    due_reviews: list[Review]
    held: list[Review]
    check_ins: list[CheckIn]
    tries: list[Try]
    open_actions: list[Action]
    # What was warned of already, by rule.
    warned: Mapping[str, set[str]]

    def scores_of(self, review: Review) -> dict[str, Score]:
        return {score.area: score for score in review.scores.all()}


def facts_of(case: Case, *, at: dt.datetime) -> Facts:
    held = held_reviews(case)
    check_ins = list(case.check_ins.order_by("tried_at", "pk"))
    warned: dict[str, set[str]] = defaultdict(set)
    for rule, about in Alert.objects.filter(case=case).values_list("rule", "about"):
        warned[rule].add(about)
    return Facts(
        today=deadlines.today(case, at),
        law=jurisdiction.current(),
        check_in_due=_check_in_due(case),
        due_reviews=list(case.reviews.filter(state=ReviewState.DUE).order_by("due_on", "pk")),
        held=held,
        check_ins=check_ins,
        tries=_tries(case, check_ins, held),
        open_actions=list(
            Action.objects.filter(goal__plan__case=case, state=ActionState.OPEN).order_by(
                "due_on", "pk"
            )
        ),
        warned=warned,
    )


def due_for_watching(at: dt.datetime, *, space: int | None = None) -> list[str]:
    """The cases in which a day has passed that somebody had to keep, by their codes."""
    here = Clock.objects.filter(of_space(space, "sender"))
    late = here.filter(ladder.overdue(at), purpose__in=WATCHED).exclude(case="")
    return list(late.order_by("case").values_list("case", flat=True).distinct())


def check_in_due_at(case: Case) -> dt.datetime | None:
    """Until when somebody is to be in touch with the person again; None if nobody need."""
    running = Clock.objects.filter(
        subject=case.code, purpose=Clock.Purpose.CHECK_IN, stopped_at__isnull=True
    )
    return running.values_list("due_at", flat=True).first()


def _check_in_due(case: Case) -> dt.date | None:
    due_at = check_in_due_at(case)
    # A clock of a day ends with that day, which is when the next one begins.
    return deadlines.today(case, due_at - dt.timedelta(microseconds=1)) if due_at else None


def _tries(case: Case, check_ins: list[CheckIn], held: list[Review]) -> list[Try]:
    """Every try in the order of time. A review counts as late on its day as it can have been."""
    tries = [Try(c.tried_at, c.code, c.result not in IN_TOUCH) for c in check_ins]
    for review in held:
        assert review.held_on is not None, "held"
        assert review.ended_at is not None, "written down as held"
        latest = min(deadlines.end_of_day(case, review.held_on), review.ended_at)
        tries.append(Try(latest, review.code, failed=False))
    missed = case.reviews.filter(state=ReviewState.NOT_HELD, why_not=NotHeld.NOT_REACHED)
    for review in missed:
        assert review.ended_at is not None, "written down as not held"
        tries.append(Try(review.ended_at, review.code, failed=True))
    return sorted(tries, key=lambda each: each.at)
