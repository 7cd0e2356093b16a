"""A plan, a review and a warning as the owner's side may see them; opening is written down."""

from collections.abc import Iterable
from typing import TypedDict

from agencies.models import Agency, Member
from audit import log
from cases import policy as case_policy
from cases import vault
from cases.models import Case
from cases.policy import Verb as CaseVerb
from kernel.groups import DataGroup
from reintegration import queries
from reintegration.models import Action, Alert, Goal, Plan, Review
from reintegration.workflow import FLOW, RUNNING, ActionState, State, Verb

# What changes a plan without moving it.
WHILE_RUNNING = ("revise", "set_goal")


class Verbs(TypedDict):
    """What may be done now; for the rest, the code of why not."""

    now: list[str]
    not_now: dict[str, str]


def words_of_plan(actor: Member, plan: Plan, goals: Iterable[Goal]) -> dict[str, str]:
    """Objectives, goals and actions by their codes, opened all at once and logged once."""
    sealed = {f"{plan.code} objectives": plan.objectives}
    for goal in goals:
        sealed[f"{goal.code} text"] = goal.text
        sealed |= {f"{action.code} text": action.text for action in goal.actions.all()}
    texts = vault.open_texts(
        plan.case.person, sealed, by=actor, case=plan.case.code, what="plan"
    )
    return {place.split()[0]: text for place, text in texts.items()}


def remarks_of(actor: Member, review: Review) -> str | None:
    texts = vault.open_texts(
        review.case.person,
        {f"{review.code} remarks": review.remarks},
        by=actor,
        case=review.case.code,
        what="review",
    )
    return next(iter(texts.values()), None)


def resolutions_of(actor: Member, alerts: list[Alert]) -> dict[str, str]:
    """What was found or done about each warning of one case, by its code."""
    if not alerts:
        return {}
    case = alerts[0].case
    texts = vault.open_texts(
        case.person,
        {f"{alert.code} resolution": alert.resolution for alert in alerts},
        by=actor,
        case=case.code,
        what="alerts",
    )
    return {place.split()[0]: text for place, text in texts.items()}


def verbs_for(actor: Member, plan: Plan) -> Verbs:
    """What the actor may do with the plan now, and for the rest why not, as codes."""
    verdict = case_policy.may(actor, CaseVerb.SUPPORT, plan.case)
    state = State(plan.state)
    moves = [verb.value for verb in Verb if verb != Verb.PLAN]
    if not verdict:
        return {"now": [], "not_now": dict.fromkeys([*moves, *WHILE_RUNNING], verdict.reason)}
    possible = FLOW.verbs_from(state)
    not_now = {
        verb: queries.why_not_yet(plan, verb)
        if verb in possible
        else f"cannot_{verb}_when_{state}"
        for verb in moves
    }
    not_now |= {
        verb: "" if state in RUNNING else f"cannot_{verb}_when_{state}"
        for verb in WHILE_RUNNING
    }
    return {
        "now": [verb for verb, why in not_now.items() if not why],
        "not_now": {verb: why for verb, why in not_now.items() if why},
    }


def part_of(case: Case, agency: Agency, *, by: log.Actor, why: str) -> list[dict[str, str]]:
    """The goals of the active plan for which this agency does something, with what it does."""
    actions = list(
        Action.objects.filter(
            goal__plan__case=case,
            goal__plan__state=State.ACTIVE,
            responsible=agency,
            state=ActionState.OPEN,
        )
        .select_related("goal")
        .order_by("pk")
    )
    if not actions:
        return []
    sealed = {f"{action.code} text": action.text for action in actions}
    sealed |= {f"{action.goal.code} text": action.goal.text for action in actions}
    texts = vault.open_texts(
        case.person,
        sealed,
        by=by,
        case=case.code,
        what="plan",
        groups=[DataGroup.PLAN],
        why=why,
    )
    return [
        {
            "area": action.goal.area,
            "goal": texts[f"{action.goal.code} text"],
            "action": texts[f"{action.code} text"],
            "due_on": action.due_on.isoformat(),
        }
        for action in actions
    ]
