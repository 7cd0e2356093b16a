"""What the API reads and shows about plans, reviews, check-ins and warnings.

Where HTCDS has the thing: `types` are spl_Type, `objectives` spl_Objectives, `planned_end` is
spl_PlannedEndDate, `ended_at` spl_ActualEndDate, and the texts of the actions are spl_ActionPlan.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from rest_framework import serializers

from cases.workflow import Assent, GivenBy
from reintegration.models import Action, Alert, CheckIn, Goal, Plan, Review
from reintegration.queries import Line
from reintegration.reading import Verbs
from reintegration.workflow import NotHeld, Reached

LONG = 4000
MOST_TYPES = 20
CODE = 60

Trajectory = Line


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


class PlanIn(serializers.Serializer[Any]):
    objectives = serializers.CharField(max_length=LONG)
    types = serializers.ListField(
        child=serializers.CharField(max_length=CODE), allow_empty=False, max_length=MOST_TYPES,
        help_text="Codes of the list `spl_Type`.",
    )  # fmt: skip
    planned_end = serializers.DateField(required=False, allow_null=True, default=None)


class PlanChange(serializers.Serializer[Any]):
    objectives = serializers.CharField(max_length=LONG, required=False)
    types = serializers.ListField(
        child=serializers.CharField(max_length=CODE), allow_empty=False, max_length=MOST_TYPES,
        required=False, help_text="Codes of the list `spl_Type`.",
    )  # fmt: skip
    planned_end = serializers.DateField(required=False, allow_null=True)


class AgreeIn(serializers.Serializer[Any]):
    agreed_by = serializers.ChoiceField(GivenBy.choices)
    assent = serializers.ChoiceField(
        Assent.choices, required=False, allow_blank=True, default=""
    )


class StopIn(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=CODE, help_text="A code of the list `plan_stop_reason`."
    )


class GoalIn(serializers.Serializer[Any]):
    area = serializers.CharField(
        max_length=CODE, help_text="A code of the list `reintegration_area`."
    )
    text = serializers.CharField(max_length=LONG)
    target_on = serializers.DateField(required=False, allow_null=True, default=None)


class GoalEndIn(serializers.Serializer[Any]):
    met = serializers.BooleanField(help_text="Whether it was met; if not, it is given up.")


class ActionIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONG)
    responsible = serializers.CharField(
        max_length=16, help_text="Code of the agency. It is not told, and sees nothing of it."
    )
    due_on = serializers.DateField()


class ActionEndIn(serializers.Serializer[Any]):
    done = serializers.BooleanField(help_text="Whether it was done; if not, it is given up.")


class HoldIn(serializers.Serializer[Any]):
    held_on = serializers.DateField()
    scores = serializers.DictField(
        help_text="By area: `worker` and `person`, each from 0 (acute need) to 4 (on one's own "
        "feet), or nothing. A planned review has the worker's for every area."
    )
    remarks = serializers.CharField(
        max_length=LONG, required=False, allow_blank=True, default=""
    )


class NotHeldIn(serializers.Serializer[Any]):
    why = serializers.ChoiceField(NotHeld.choices)


class CheckInIn(serializers.Serializer[Any]):
    tried_at = serializers.DateTimeField()
    channel = serializers.CharField(
        max_length=CODE, help_text="A code of the list `check_in_channel`."
    )
    result = serializers.ChoiceField(Reached.choices)


class ResolveIn(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=LONG)


class PlanLine(TypedDict):
    code: str
    case: str
    state: str
    types: list[str]
    planned_end: dt.date | None
    drafted_at: dt.datetime
    drafted_by: str
    agreed_at: dt.datetime | None
    agreed_by: str | None
    assent: str | None
    ended_at: dt.datetime | None
    stop_reason: str | None
    version: int


class ActionOut(TypedDict):
    code: str
    text: str
    responsible: str
    due_on: dt.date
    state: str
    set_at: dt.datetime
    ended_at: dt.datetime | None


class GoalOut(TypedDict):
    code: str
    area: str
    text: str
    target_on: dt.date | None
    state: str
    set_at: dt.datetime
    ended_at: dt.datetime | None
    actions: list[ActionOut]


class PlanShown(PlanLine):
    objectives: str
    goals: list[GoalOut]
    verbs: Verbs


class ScoreOut(TypedDict):
    area: str
    worker: int | None
    person: int | None


class ReviewLine(TypedDict):
    code: str
    case: str
    plan: str | None
    kind: str
    month: int | None
    due_on: dt.date
    state: str
    held_on: dt.date | None
    held_by: str | None
    agency: str | None
    why_not: str | None
    scores: list[ScoreOut]
    version: int


class ReviewShown(ReviewLine):
    remarks: str | None


class CheckInOut(TypedDict):
    code: str
    case: str
    tried_at: dt.datetime
    channel: str
    result: str
    by: str


class AlertOut(TypedDict):
    """A warning: which rule, about what, and what it saw. `review` is where it is looked into."""

    code: str
    case: str
    rule: str
    about: str
    because: dict[str, Any]
    raised_at: dt.datetime
    review: str | None
    resolved_at: dt.datetime | None
    resolved_by: str | None
    resolution: str | None


def plan_line(plan: Plan) -> PlanLine:
    return {
        "code": plan.code,
        "case": plan.case.code,
        "state": plan.state,
        "types": plan.types,
        "planned_end": plan.planned_end,
        "drafted_at": plan.drafted_at,
        "drafted_by": plan.drafted_by.username,
        "agreed_at": plan.agreed_at,
        "agreed_by": plan.agreed_by or None,
        "assent": plan.assent or None,
        "ended_at": plan.ended_at,
        "stop_reason": plan.stop_reason or None,
        "version": plan.version,
    }


def plan_out(
    plan: Plan, goals: Iterable[Goal], words: Mapping[str, str], verbs: Verbs
) -> PlanShown:
    return {
        **plan_line(plan),
        "objectives": words[plan.code],
        "goals": [goal_out(goal, words) for goal in goals],
        "verbs": verbs,
    }


def goal_out(goal: Goal, words: Mapping[str, str]) -> GoalOut:
    return {
        "code": goal.code,
        "area": goal.area,
        "text": words[goal.code],
        "target_on": goal.target_on,
        "state": goal.state,
        "set_at": goal.set_at,
        "ended_at": goal.ended_at,
        "actions": [action_out(action, words[action.code]) for action in goal.actions.all()],
    }


def action_out(action: Action, text: str) -> ActionOut:
    return {
        "code": action.code,
        "text": text,
        "responsible": action.responsible.code,
        "due_on": action.due_on,
        "state": action.state,
        "set_at": action.set_at,
        "ended_at": action.ended_at,
    }


def review_line(review: Review) -> ReviewLine:
    return {
        "code": review.code,
        "case": review.case.code,
        "plan": review.plan.code if review.plan else None,
        "kind": review.kind,
        "month": review.month,
        "due_on": review.due_on,
        "state": review.state,
        "held_on": review.held_on,
        "held_by": review.held_by.username if review.held_by else None,
        "agency": review.agency.code if review.agency else None,
        "why_not": review.why_not or None,
        "scores": [
            {"area": score.area, "worker": score.worker, "person": score.person}
            for score in review.scores.all()
        ],
        "version": review.version,
    }


def check_in_out(check_in: CheckIn) -> CheckInOut:
    return {
        "code": check_in.code,
        "case": check_in.case.code,
        "tried_at": check_in.tried_at,
        "channel": check_in.channel,
        "result": check_in.result,
        "by": check_in.by.username,
    }


def alert_out(alert: Alert, resolution: str | None) -> AlertOut:
    return {
        "code": alert.code,
        "case": alert.case.code,
        "rule": alert.rule,
        "about": alert.about,
        "because": alert.because,
        "raised_at": alert.raised_at,
        "review": alert.review.code if alert.review else None,
        "resolved_at": alert.resolved_at,
        "resolved_by": alert.resolved_by.username if alert.resolved_by else None,
        "resolution": resolution,
    }
