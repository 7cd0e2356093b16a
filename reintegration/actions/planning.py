"""Draft a plan, set its goals and actions, have it agreed to, and bring it to its end."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from agencies import jurisdiction
from agencies.codelists import codes
from agencies.models import Agency, Member
from cases import deadlines, policy, timeline
from cases.actions.lifecycle import locked as locked_case
from cases.policy import Verb as CaseVerb
from cases.queries import is_kept_apart
from cases.workflow import Assent, GivenBy
from kernel.errors import Invalid, Refused
from notify.models import Clock
from reintegration import queries
from reintegration.actions.moving import (
    ask,
    cancel_reviews,
    drop_actions,
    end_action,
    locked_action,
    locked_goal,
    locked_plan,
    move,
    require_ahead,
    require_move,
    save,
    seal,
    set_review,
    start_check_in,
)
from reintegration.models import Action, Goal, Plan
from reintegration.workflow import (
    FLOW,
    ActionState,
    GoalState,
    ReviewKind,
    State,
    Verb,
)


@transaction.atomic
def draft_plan(
    *,
    code: str,
    objectives: str,
    types: list[str],
    planned_end: dt.date | None,
    by: Member,
    at: dt.datetime,
) -> Plan:
    """Begin a plan, at any time after the case was opened. There is one at a time."""
    case = locked_case(code)
    policy.may(by, CaseVerb.SUPPORT, case).require()
    if case.state not in queries.UNDER_WAY:
        raise Refused("case_is_not_open", state=case.state)
    if queries.has_running_plan(case):
        raise Refused("plan_is_running", state=queries.support_state(case))
    step = FLOW.step(Verb.PLAN, state=queries.support_state(case))
    _require_types(types)
    if planned_end is not None:
        require_ahead(case, planned_end, "/planned_end", at=at)
    plan = Plan(
        case=case,
        state=step.target,
        types=list(dict.fromkeys(types)),
        planned_end=planned_end,
        drafted_at=at,
        drafted_by=by,
    )
    plan.objectives = seal(case, plan.code, "objectives", objectives)
    plan.save(force_insert=True)
    timeline.record(case, "plan.drafted", by=by, at=at, about=plan.code)
    if not Clock.objects.filter(subject=case.code, purpose=Clock.Purpose.PLAN).exists():
        # On record as met, so that an assessment made later asks for no second plan.
        deadlines.start(case, Clock.Purpose.PLAN, jurisdiction.current().clocks.plan, at=at)
    deadlines.stop(case, Clock.Purpose.PLAN, at=at)
    return plan


@transaction.atomic
def revise(
    *, code: str, facts: dict[str, Any], version: int, by: Member, at: dt.datetime
) -> Plan:
    """Change objectives, types or the planned end, judged on the version the caller saw."""
    plan = locked_plan(code)
    ask(plan, "revise", by=by)
    if plan.version != version:
        raise Refused("changed_meanwhile", state=plan.state)
    changes = dict(facts)
    if "types" in facts:
        _require_types(facts["types"])
        changes["types"] = list(dict.fromkeys(facts["types"]))
    if facts.get("planned_end") is not None:
        require_ahead(plan.case, facts["planned_end"], "/planned_end", at=at)
    if "objectives" in facts:
        changes["objectives"] = seal(plan.case, plan.code, "objectives", facts["objectives"])
    save(plan, **changes)
    timeline.record(
        plan.case, "plan.revised", by=by, at=at, about=plan.code,
        facts={"fields": ",".join(sorted(facts))},
    )  # fmt: skip
    return plan


@transaction.atomic
def set_goal(
    *, code: str, area: str, text: str, target_on: dt.date | None, by: Member, at: dt.datetime
) -> Goal:
    """What the person wants to reach in one area of life."""
    plan = locked_plan(code)
    ask(plan, "set_goal", by=by)
    if area not in codes(queries.AREAS):
        raise Invalid("unknown_code", pointer="/area")
    if target_on is not None:
        require_ahead(plan.case, target_on, "/target_on", at=at)
    goal = Goal(plan=plan, area=area, target_on=target_on, set_at=at)
    goal.text = seal(plan.case, goal.code, "text", text)
    goal.save(force_insert=True)
    save(plan)
    timeline.record(plan.case, "goal.set", by=by, at=at, about=goal.code, facts={"area": area})
    return goal


@transaction.atomic
def end_goal(*, code: str, met: bool, by: Member, at: dt.datetime) -> Goal:
    """The goal was met, or is given up, and what was still to be done for it with it."""
    goal = locked_goal(code)
    plan = goal.plan
    ask(plan, "end_goal", by=by)
    if goal.state != GoalState.OPEN:
        raise Refused(f"cannot_end_goal_when_{goal.state}", state=goal.state)
    goal.state, goal.ended_at = (GoalState.MET if met else GoalState.DROPPED), at
    goal.save(update_fields=["state", "ended_at"])
    if not met:
        drop_actions(plan.case, goal.actions.all(), at=at)
    save(plan)
    timeline.record(plan.case, f"goal.{goal.state}", by=by, at=at, about=goal.code)
    return goal


@transaction.atomic
def set_action(
    *,
    code: str,
    text: str,
    responsible: Agency,
    due_on: dt.date,
    by: Member,
    at: dt.datetime,
) -> Action:
    """One thing to be done for a goal. Naming an agency opens nothing to it and tells it nothing:
    what it is to know goes to it by a referral, under the person's consent."""
    goal = locked_goal(code)
    plan = goal.plan
    ask(plan, "set_action", by=by)
    if goal.state != GoalState.OPEN:
        raise Refused(f"cannot_set_action_when_{goal.state}", state=goal.state)
    if responsible.pk != plan.case.owner_id:
        if not responsible.is_active:
            raise Invalid("unknown_agency", pointer="/responsible")
        if is_kept_apart(plan.case, responsible.pk):
            # Never why: the reason may itself endanger the person.
            raise Refused("not_possible", state=plan.state)
    require_ahead(plan.case, due_on, "/due_on", at=at)
    action = Action(goal=goal, responsible=responsible, due_on=due_on, set_at=at)
    action.text = seal(plan.case, action.code, "text", text)
    action.save(force_insert=True)
    save(plan)
    timeline.record(
        plan.case, "action.set", by=by, at=at, about=action.code,
        facts={"responsible": responsible.code},
    )  # fmt: skip
    deadlines.start_on(plan.case, Clock.Purpose.ACTION, due_on, subject=action.code, at=at)
    return action


@transaction.atomic
def finish_action(*, code: str, done: bool, by: Member, at: dt.datetime) -> Action:
    """It is done, or will not be done any more. Its clock ends."""
    action = locked_action(code)
    plan = action.goal.plan
    ask(plan, "finish_action", by=by)
    if action.state != ActionState.OPEN:
        raise Refused(f"cannot_finish_action_when_{action.state}", state=action.state)
    end_action(plan.case, action, ActionState.DONE if done else ActionState.DROPPED, at=at)
    save(plan)
    timeline.record(plan.case, f"action.{action.state}", by=by, at=at, about=action.code)
    return action


@transaction.atomic
def agree(*, code: str, agreed_by: str, assent: str, by: Member, at: dt.datetime) -> Plan:
    """The person has agreed to the plan; for a child its guardian has, and what the child says
    stands beside it. From here on it is reviewed, and the person is asked after."""
    plan = locked_plan(code)
    case = plan.case
    child = case.person.is_child
    require_move(plan, Verb.AGREE, by=by)
    _check_agreeing(agreed_by, assent, child=child)
    move(
        plan,
        Verb.AGREE,
        by=by,
        at=at,
        agreed_at=at,
        agreed_by=agreed_by,
        assent=assent if child else "",
    )
    law = jurisdiction.current().reintegration
    today = deadlines.today(case, at)
    for month in law.review_months:
        due_on = deadlines.months_later(today, month)
        set_review(case, ReviewKind.PLANNED, due_on, plan=plan, month=month, at=at)
    start_check_in(case, plan, at=at)
    return plan


@transaction.atomic
def complete(*, code: str, by: Member, at: dt.datetime) -> Plan:
    """The plan has come to its good end: reviewed at least once, every goal met or given up."""
    plan = locked_plan(code)
    move(plan, Verb.COMPLETE, by=by, at=at, ended_at=at)
    _wind_up(plan, at=at)
    return plan


@transaction.atomic
def stop(*, code: str, reason: str, by: Member, at: dt.datetime) -> Plan:
    """The plan ends before its end, with a reason."""
    plan = locked_plan(code)
    require_move(plan, Verb.STOP, by=by)
    if reason not in codes("plan_stop_reason"):
        raise Invalid("unknown_code", pointer="/reason")
    move(plan, Verb.STOP, by=by, at=at, ended_at=at, stop_reason=reason)
    _wind_up(plan, at=at)
    return plan


def _wind_up(plan: Plan, *, at: dt.datetime) -> None:
    """Nothing of the plan is waited for any more."""
    case = plan.case
    cancel_reviews(case, ReviewKind.PLANNED, ReviewKind.EXTRA, at=at)
    drop_actions(case, Action.objects.filter(goal__plan=plan), at=at)
    deadlines.stop(case, Clock.Purpose.CHECK_IN, at=at)


def _check_agreeing(agreed_by: str, assent: str, *, child: bool) -> None:
    if agreed_by not in GivenBy.values:
        raise Invalid("unknown_code", pointer="/agreed_by")
    if child:
        if agreed_by == GivenBy.SELF:
            raise Refused("a_guardian_consents_for_a_child", state=State.PLANNED)
        if assent not in Assent.values:
            raise Invalid("assent_missing", pointer="/assent")
    elif agreed_by != GivenBy.SELF:
        raise Refused("an_adult_consents_in_person", state=State.PLANNED)


def _require_types(types: Iterable[str]) -> None:
    known = codes("spl_Type")
    for n, type_ in enumerate(types):
        if type_ not in known:
            raise Invalid("unknown_code", pointer=f"/types/{n}")
