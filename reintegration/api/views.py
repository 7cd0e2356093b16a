"""Plans, reviews, check-ins and warnings over HTTP: for the owner's side, and nobody else."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy as agency_policy
from agencies.api.auth import actor_of
from agencies.api.serializers import known
from cases import policy as case_policy
from cases.api.views import find_own_case
from cases.models import Case
from cases.policy import Verb as CaseVerb
from edge import paging
from edge.answers import AFTER, listed, page, shape
from edge.versions import etag, require_match
from edge.views import ActView, Input, View
from reintegration import policy, queries, reading
from reintegration.actions import planning, reviewing, watching
from reintegration.api import serializers as s
from reintegration.models import Action, Alert, CheckIn, Goal, Plan, Review


class Plans(ActView):
    """The reintegration plans of a case, newest first, without their words; and a new one."""

    serializer_class = s.PlanIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="plan_list", parameters=[AFTER], responses={200: page(s.PlanLine)}
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        rows = policy.plans_visible_to(actor_of(request)).filter(case=case)
        related = rows.select_related("case", "drafted_by")
        return Response(paging.newest(request, related, show=s.plan_line))

    @extend_schema(operation_id="plan_draft", responses={201: shape(s.PlanShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        case = find_own_case(request, where["code"])
        return planning.draft_plan(
            code=case.code, **data, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_plan(request, code)


class PlanDetail(View):
    """One plan with its goals and actions. Opening the words is written down."""

    serializer_class = s.PlanChange

    @extend_schema(operation_id="plan_show", responses={200: shape(s.PlanShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_plan(request, code)

    @extend_schema(operation_id="plan_revise", responses={200: shape(s.PlanShown)})
    def patch(self, request: Request, code: str) -> Response:
        plan = find_plan(request, code)
        _require_support(request, plan.case)
        require_match(request, plan.code, plan.version)
        planning.revise(
            code=plan.code,
            facts=self.read(request),
            version=plan.version,
            by=actor_of(request),
            at=timezone.now(),
        )
        return shown_plan(request, code)


class PlanVerb(ActView):
    """One verb of a plan. The answer is the plan as it stands afterwards."""

    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(s.PlanShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        plan = find_plan(request, where["code"])
        _, handle = PLAN_VERBS[self.verb]
        return handle(code=plan.code, **data, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return shown_plan(request, code)


PLAN_VERBS: dict[str, tuple[type[serializers.Serializer[Any]], Callable[..., Plan]]] = {
    "agree": (s.AgreeIn, planning.agree),
    "complete": (s.Nothing, planning.complete),
    "stop": (s.StopIn, planning.stop),
}


class PlanPart(ActView):
    """Something that is written into a plan. The answer is the whole plan."""

    def show(self, request: Request, code: str) -> Response:
        return shown_plan(request, code)


class Goals(PlanPart):
    """Set a goal in one area of life."""

    serializer_class = s.GoalIn
    key_required = True
    created = True

    @extend_schema(operation_id="goal_set", responses={201: shape(s.PlanShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        plan = find_plan(request, where["code"])
        planning.set_goal(code=plan.code, **data, by=actor_of(request), at=timezone.now())
        return plan.code


class GoalEnd(PlanPart):
    """A goal was met, or is given up with what was still to be done for it."""

    serializer_class = s.GoalEndIn

    @extend_schema(operation_id="goal_end", responses={200: shape(s.PlanShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        goal = find_goal(request, where["code"])
        planning.end_goal(code=goal.code, **data, by=actor_of(request), at=timezone.now())
        return goal.plan.code


class Actions(PlanPart):
    """Set an action for a goal: by which agency, by which day."""

    serializer_class = s.ActionIn
    key_required = True
    created = True

    @extend_schema(operation_id="action_set", responses={201: shape(s.PlanShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        goal = find_goal(request, where["code"])
        # Asked before the agency is looked up, so that a refusal is told first.
        _require_support(request, goal.plan.case)
        agencies = agency_policy.agencies_visible_to(actor_of(request))
        planning.set_action(
            code=goal.code,
            text=data["text"],
            responsible=known("/responsible", agencies, code=data["responsible"]),
            due_on=data["due_on"],
            by=actor_of(request),
            at=timezone.now(),
        )
        return goal.plan.code


class ActionEnd(PlanPart):
    """An action is done, or will not be done any more."""

    serializer_class = s.ActionEndIn

    @extend_schema(operation_id="action_end", responses={200: shape(s.PlanShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        action = find_action(request, where["code"])
        planning.finish_action(
            code=action.code, **data, by=actor_of(request), at=timezone.now()
        )
        return action.goal.plan.code


class Reviews(View):
    """The reviews of a case in the order of their days, without the remarks."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="review_list", responses={200: listed(s.ReviewLine)})
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        rows = _whole_reviews(policy.reviews_visible_to(actor_of(request)).filter(case=case))
        return Response({"results": [s.review_line(row) for row in rows]})


class ReviewDetail(View):
    """One review. Opening the remarks is written down."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="review_show", responses={200: shape(s.ReviewShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_review(request, code)


class ReviewVerb(ActView):
    """A review is held, or could not be. The answer is the review."""

    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(s.ReviewShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        review = find_review(request, where["code"])
        _, handle = REVIEW_VERBS[self.verb]
        return handle(code=review.code, **data, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return shown_review(request, code)


REVIEW_VERBS: dict[str, tuple[type[serializers.Serializer[Any]], Callable[..., Review]]] = {
    "hold": (s.HoldIn, reviewing.hold),
    "not_held": (s.NotHeldIn, reviewing.not_held),
}


class CheckIns(ActView):
    """The tries to be in touch with the person, newest first; and one more."""

    serializer_class = s.CheckInIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="check_in_list", parameters=[AFTER], responses={200: page(s.CheckInOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        rows = _check_ins(request).filter(case=case)
        return Response(paging.newest(request, rows, show=s.check_in_out))

    @extend_schema(operation_id="check_in_make", responses={201: shape(s.CheckInOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        case = find_own_case(request, where["code"])
        return reviewing.check_in(
            code=case.code, **data, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return Response(s.check_in_out(get_object_or_404(_check_ins(request), code=code)))


class TrajectoryDetail(View):
    """How each area of life went from review to review: as workers saw it, as the person said."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="trajectory_show", responses={200: listed(s.Trajectory)})
    def get(self, request: Request, code: str) -> Response:
        return Response({"results": queries.trajectory(find_own_case(request, code))})


class Alerts(View):
    """The warnings of a case, newest first, and what came of them."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="alert_list", parameters=[AFTER], responses={200: page(s.AlertOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        shown = paging.newest(
            request, _alerts(request).filter(case=case), show=lambda alert: alert
        )
        words = reading.resolutions_of(actor_of(request), shown["results"])
        shown["results"] = [
            s.alert_out(each, words.get(each.code)) for each in shown["results"]
        ]
        return Response(shown)


class AlertResolve(ActView):
    """Somebody has looked into a warning, and says what was found or done."""

    serializer_class = s.ResolveIn

    @extend_schema(operation_id="alert_resolve", responses={200: shape(s.AlertOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        alert = find_alert(request, where["code"])
        return watching.resolve(
            code=alert.code, **data, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        alert = find_alert(request, code)
        words = reading.resolutions_of(actor_of(request), [alert])
        return Response(s.alert_out(alert, words.get(alert.code)))


def find_plan(request: Request, code: str) -> Plan:
    """The plan, if the caller may know that it exists; so with all that follows."""
    rows = policy.plans_visible_to(actor_of(request)).select_related(
        "case__person", "case__owner", "drafted_by"
    )
    return get_object_or_404(rows, code=code)


def shown_plan(request: Request, code: str) -> Response:
    actor, plan = actor_of(request), find_plan(request, code)
    actions = policy.actions_visible_to(actor).select_related("responsible").order_by("pk")
    goals = list(
        policy.goals_visible_to(actor)
        .filter(plan=plan)
        .order_by("pk")
        .prefetch_related(Prefetch("actions", actions))
    )
    words = reading.words_of_plan(actor, plan, goals)
    response = Response(s.plan_out(plan, goals, words, reading.verbs_for(actor, plan)))
    response["ETag"] = etag(plan.code, plan.version)
    return response


def find_goal(request: Request, code: str) -> Goal:
    rows = policy.goals_visible_to(actor_of(request)).select_related("plan__case")
    return get_object_or_404(rows, code=code)


def find_action(request: Request, code: str) -> Action:
    rows = policy.actions_visible_to(actor_of(request)).select_related("goal__plan")
    return get_object_or_404(rows, code=code)


def find_review(request: Request, code: str) -> Review:
    rows = _whole_reviews(policy.reviews_visible_to(actor_of(request)))
    return get_object_or_404(rows, code=code)


def shown_review(request: Request, code: str) -> Response:
    review = find_review(request, code)
    remarks = reading.remarks_of(actor_of(request), review)
    response = Response({**s.review_line(review), "remarks": remarks})
    response["ETag"] = etag(review.code, review.version)
    return response


def find_alert(request: Request, code: str) -> Alert:
    return get_object_or_404(_alerts(request), code=code)


def _whole_reviews(rows: QuerySet[Review]) -> QuerySet[Review]:
    related = rows.select_related("case__person", "plan", "held_by", "agency")
    return related.prefetch_related("scores").order_by("due_on", "pk")


def _check_ins(request: Request) -> QuerySet[CheckIn]:
    rows = policy.check_ins_visible_to(actor_of(request))
    return rows.select_related("case", "by")


def _alerts(request: Request) -> QuerySet[Alert]:
    rows = policy.alerts_visible_to(actor_of(request))
    return rows.select_related("case__person", "review", "resolved_by")


def _require_support(request: Request, case: Case) -> None:
    case_policy.may(actor_of(request), CaseVerb.SUPPORT, case).require()
