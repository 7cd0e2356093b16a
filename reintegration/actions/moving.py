"""What every act on a plan or a review has in common: hold, ask, move, clocks."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from agencies import jurisdiction
from agencies.models import Member
from cases import deadlines, policy, timeline, vault
from cases.actions.lifecycle import LONGEST_PLAN
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from cases.policy import Verb as CaseVerb
from kernel.errors import Invalid, Refused
from notify.models import Clock
from reintegration import queries
from reintegration.models import Action, Alert, Goal, Plan, Review
from reintegration.workflow import (
    FLOW,
    RUNNING,
    ActionState,
    ReviewKind,
    ReviewState,
    State,
    Verb,
)

CLOCKS: dict[str, Clock.Purpose] = {
    ReviewKind.PLANNED: Clock.Purpose.REVIEW,
    ReviewKind.EXTRA: Clock.Purpose.REVIEW,
    ReviewKind.FOLLOW_UP: Clock.Purpose.FOLLOW_UP,
}


def locked_plan(code: str) -> Plan:
    """The plan. Its case is held, and with it all that hangs on it, until this transaction ends."""
    case = locked_case(Plan.objects.values_list("case__code", flat=True).get(code=code))
    plan = Plan.objects.get(code=code)
    plan.case = case
    return plan


def locked_goal(code: str) -> Goal:
    plan = locked_plan(Goal.objects.values_list("plan__code", flat=True).get(code=code))
    goal = Goal.objects.get(code=code)
    goal.plan = plan
    return goal


def locked_action(code: str) -> Action:
    goal = locked_goal(Action.objects.values_list("goal__code", flat=True).get(code=code))
    action = Action.objects.get(code=code)
    action.goal = goal
    return action


def locked_review(code: str) -> Review:
    case = locked_case(Review.objects.values_list("case__code", flat=True).get(code=code))
    review = Review.objects.select_related("plan").get(code=code)
    review.case = case
    return review


def locked_alert(code: str) -> Alert:
    case = locked_case(Alert.objects.values_list("case__code", flat=True).get(code=code))
    alert = Alert.objects.get(code=code)
    alert.case = case
    return alert


def save(record: Plan | Review, **changes: Any) -> None:
    """Write these fields and the next version."""
    for name, value in changes.items():
        setattr(record, name, value)
    record.version += 1
    record.save(update_fields=[*changes, "version"])


def move(plan: Plan, verb: Verb, *, by: Member, at: dt.datetime, **changes: Any) -> None:
    """One step of the workflow: asked, made, and written down."""
    before, target = State(plan.state), require_move(plan, verb, by=by)
    save(plan, state=target, **changes)
    timeline.record(
        plan.case,
        f"plan.{verb}",
        by=by,
        at=at,
        about=plan.code,
        facts={"from": before.value, "to": target.value},
    )


def require_move(plan: Plan, verb: Verb, *, by: Member) -> State:
    """Where the step leads, if this member may make it now and the plan lacks nothing for it."""
    policy.may(by, CaseVerb.SUPPORT, plan.case).require()
    target = FLOW.step(verb, state=State(plan.state)).target
    lacking = queries.why_not_yet(plan, verb)
    if lacking:
        raise Refused(lacking, state=plan.state)
    return target


def ask(plan: Plan, what: str, *, by: Member) -> None:
    """Ask for something that moves nothing: the plan must be in the making or under way."""
    policy.may(by, CaseVerb.SUPPORT, plan.case).require()
    if plan.state not in RUNNING:
        raise Refused(f"cannot_{what}_when_{plan.state}", state=plan.state)


def require_ahead(case: Case, day: dt.date, pointer: str, *, at: dt.datetime) -> None:
    """A day that is meant lies ahead, and not further than anybody plans."""
    today = deadlines.today(case, at)
    if day < today:
        raise Invalid("date_in_the_past", pointer=pointer)
    if day > today + LONGEST_PLAN:
        raise Invalid("too_far_ahead", pointer=pointer)


def seal(case: Case, code: str, what: str, text: str) -> bytes:
    return vault.seal_text(case.person, text, place=f"{code} {what}")


def set_review(
    case: Case,
    kind: ReviewKind,
    due_on: dt.date,
    *,
    plan: Plan | None = None,
    month: int | None = None,
    at: dt.datetime,
) -> Review:
    """A review that is due from now on, with its clock."""
    review = Review.objects.create(case=case, plan=plan, kind=kind, month=month, due_on=due_on)
    deadlines.start_on(case, CLOCKS[kind], due_on, subject=review.code, at=at)
    return review


def cancel_reviews(case: Case, *kinds: ReviewKind, at: dt.datetime) -> int:
    """Those of these kinds that still wait are not held any more; their clocks end."""
    due = list(case.reviews.filter(state=ReviewState.DUE, kind__in=kinds).order_by("pk"))
    for review in due:
        save(review, state=ReviewState.CANCELLED, ended_at=at)
        deadlines.stop(case, CLOCKS[review.kind], subject=review.code, at=at)
    return len(due)


def drop_actions(case: Case, actions: Iterable[Action], *, at: dt.datetime) -> None:
    """Those that are still to do are not done any more; their clocks end."""
    for action in actions:
        if action.state == ActionState.OPEN:
            end_action(case, action, ActionState.DROPPED, at=at)


def end_action(case: Case, action: Action, state: ActionState, *, at: dt.datetime) -> None:
    action.state, action.ended_at = state, at
    action.save(update_fields=["state", "ended_at"])
    deadlines.stop(case, Clock.Purpose.ACTION, subject=action.code, at=at)


def start_check_in(case: Case, plan: Plan, *, at: dt.datetime) -> None:
    """The next check-in is due so many days after the last contact, by how great the risk is."""
    days = jurisdiction.current().reintegration.check_in_days[case.risk]
    due_on = queries.last_contact(case, plan) + dt.timedelta(days=days)
    deadlines.start_on(case, Clock.Purpose.CHECK_IN, due_on, at=at)
