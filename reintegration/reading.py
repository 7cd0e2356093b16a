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
from reintegration.workflow import FLOW, RUNNING, ActionState, ReviewState, State, Verb

# What changes a plan without moving it.
WHILE_RUNNING = ("revise", "set_goal")
OF_REVIEW = ("hold", "not_held")


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


def verbs_for(actor: Member, plan: Plan, *, own: bool | None = None) -> Verbs:
    """What the actor may do with the plan now, and for the rest why not, as codes; `own` spares
    a look-up already made. So with all that follows."""
    verdict = case_policy.may(actor, CaseVerb.SUPPORT, plan.case, own=own)
    state = State(plan.state)
    moves = [verb.value for verb in Verb if verb != Verb.PLAN]
    if not verdict:
        return _sorted(dict.fromkeys([*moves, *WHILE_RUNNING], verdict.reason))
    possible = FLOW.verbs_from(state)
    why_not = {
        verb: queries.why_not_yet(plan, verb)
        if verb in possible
        else f"cannot_{verb}_when_{state}"
        for verb in moves
    }
    return _sorted(
        why_not
        | {
            verb: "" if state in RUNNING else f"cannot_{verb}_when_{state}"
            for verb in WHILE_RUNNING
        }
    )


def verbs_of_case(actor: Member, case: Case, state: State, *, own: bool | None = None) -> Verbs:
    """The same of support as a whole, where `state` is how far it has come."""
    verdict = case_policy.may(actor, CaseVerb.SUPPORT, case, own=own)
    if not verdict:
        return _sorted(dict.fromkeys(("plan", "check_in"), verdict.reason))
    begin = "plan_is_running" if state in RUNNING else ""
    return _sorted(
        {
            "plan": begin if case.state in queries.UNDER_WAY else "case_is_not_open",
            "check_in": "" if state == State.ACTIVE else "no_running_plan",
        }
    )


def verbs_of_review(actor: Member, review: Review, *, own: bool | None = None) -> Verbs:
    """The same of a review: whether it can be held, or written down as not held."""
    verdict = case_policy.may(actor, CaseVerb.REVIEW, review.case, own=own)
    if not verdict:
        return _sorted(dict.fromkeys(OF_REVIEW, verdict.reason))
    if review.state != ReviewState.DUE:
        return _sorted({verb: f"cannot_{verb}_when_{review.state}" for verb in OF_REVIEW})
    late = "earlier_review_is_due" if queries.earlier_is_due(review) else ""
    return _sorted(dict.fromkeys(OF_REVIEW, late))


def _sorted(why_not: dict[str, str]) -> Verbs:
    """Apart what may be done now, and what may not."""
    return {
        "now": [verb for verb, why in why_not.items() if not why],
        "not_now": {verb: why for verb, why in why_not.items() if why},
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
