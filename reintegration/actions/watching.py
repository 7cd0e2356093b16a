"""Early warning by rules that explain themselves: each asks a human to look, and decides nothing.

A rule reads facts and names occasions: what it is about, and what it saw. An occasion is warned of
once, however often it is looked at; its thresholds stand in the jurisdiction's file.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import policy, timeline
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from cases.policy import Verb as CaseVerb
from kernel.errors import Invalid, Refused
from notify import actions as notices
from notify import ledger, outbox
from notify.audience import To
from notify.notices import Kind
from reintegration import queries
from reintegration.actions.moving import locked_alert, seal, set_review
from reintegration.models import Alert, Review, Score
from reintegration.queries import Facts
from reintegration.workflow import Reached, ReviewKind, Rule

# A warning is looked into, and the extra review held, within a week.
WITHIN = dt.timedelta(days=7)
SAFETY = "safety"
WORKER, PERSON = "worker", "person"
TASK = "review_alert"

Occasion = tuple[str, dict[str, Any]]


def _missed_check_in(facts: Facts) -> Iterator[Occasion]:
    due = facts.check_in_due
    if due is not None and _is_over(due, facts.law.reintegration.grace_days, facts):
        yield due.isoformat(), {"due_on": due.isoformat()}


def _missed_review(facts: Facts) -> Iterator[Occasion]:
    for review in facts.due_reviews:
        if _is_over(review.due_on, facts.law.reintegration.grace_days, facts):
            yield review.code, {"due_on": review.due_on.isoformat(), "kind": review.kind}


def _lost_contact(facts: Facts) -> Iterator[Occasion]:
    row: list[str] = []
    for each in facts.tries:
        row = [*row, each.code] if each.failed else []
    if len(row) >= facts.law.warnings.failed_contacts:
        # A try that is written down late may come to stand first: it is the same row all the same.
        warned = facts.warned[Rule.LOST_CONTACT]
        about = next((code for code in row if code in warned), row[0])
        yield about, {"tries": row}


def _not_safe(facts: Facts) -> Iterator[Occasion]:
    yield from _check_ins_that_said(Reached.NOT_SAFE, facts)


def _needs_help(facts: Facts) -> Iterator[Occasion]:
    yield from _check_ins_that_said(Reached.NEEDS_HELP, facts)


def _score_drop(facts: Facts) -> Iterator[Occasion]:
    most = facts.law.warnings.score_drop
    for area in queries.areas():
        for who in (WORKER, PERSON):
            said = _scores_by(who, area, facts)[-2:]
            if len(said) > 1 and said[0][1] - said[1][1] >= most:
                (_, before), (review, now) = said
                yield (
                    f"{review} {area}",
                    {"area": area, "from": before, "to": now, "who": who},
                )


def _unsafe(facts: Facts) -> Iterator[Occasion]:
    for review, scores in _newest(facts):
        score = scores.get(SAFETY)
        said = (
            [] if score is None else [s for s in (score.worker, score.person) if s is not None]
        )
        if said and min(said) <= facts.law.warnings.lowest_safe_score:
            yield review.code, {"area": SAFETY, "score": min(said)}


def _self_below_worker(facts: Facts) -> Iterator[Occasion]:
    for review, scores in _newest(facts):
        for area, score in scores.items():
            if score.worker is None or score.person is None:
                continue
            if score.worker - score.person >= facts.law.warnings.self_below_worker:
                yield (
                    f"{review.code} {area}",
                    {"area": area, "worker": score.worker, "person": score.person},
                )


def _overdue_action(facts: Facts) -> Iterator[Occasion]:
    for action in facts.open_actions:
        if _is_over(action.due_on, facts.law.warnings.overdue_action_days, facts):
            yield action.code, {"due_on": action.due_on.isoformat()}


RULES: dict[Rule, Callable[[Facts], Iterator[Occasion]]] = {
    Rule.MISSED_CHECK_IN: _missed_check_in,
    Rule.MISSED_REVIEW: _missed_review,
    Rule.LOST_CONTACT: _lost_contact,
    Rule.NOT_SAFE: _not_safe,
    Rule.NEEDS_HELP: _needs_help,
    Rule.SCORE_DROP: _score_drop,
    Rule.UNSAFE: _unsafe,
    Rule.SELF_BELOW_WORKER: _self_below_worker,
    Rule.OVERDUE_ACTION: _overdue_action,
}


@transaction.atomic
def evaluate(*, code: str, by: log.Actor, at: dt.datetime) -> list[Alert]:
    """Look at the case with every rule, and warn of what is new. Twice is as good as once."""
    case = locked_case(code)
    facts = queries.facts_of(case, at=at)
    found: dict[tuple[Rule, str], dict[str, Any]] = {}
    for rule, occasions in RULES.items():
        for about, because in occasions(facts):
            if about not in facts.warned[rule]:
                found.setdefault((rule, about), because)
    if not found:
        return []
    review = _extra_review(case, facts, at=at)
    raised = (
        _warn(case, rule, about, because, review, by=by, at=at)
        for (rule, about), because in found.items()
    )
    return [alert for alert in raised if alert is not None]


@transaction.atomic
def resolve(*, code: str, words: str, by: Member, at: dt.datetime) -> Alert:
    """Somebody has looked, and says what was found or done. The task ends with it."""
    alert = locked_alert(code)
    case = alert.case
    policy.may(by, CaseVerb.REVIEW, case).require()
    if alert.resolved_at is not None:
        raise Refused("alert_is_resolved", state="resolved")
    if not words.strip():
        raise Invalid("blank", pointer="/words")
    alert.resolved_at, alert.resolved_by = at, by
    alert.resolution = seal(case, alert.code, "resolution", words)
    alert.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    timeline.record(case, "alert.resolved", by=by, at=at, about=alert.code)
    notices.close_tasks(subject=alert.code, kind=TASK, by=by, at=at)
    return alert


def _warn(
    case: Case,
    rule: Rule,
    about: str,
    because: dict[str, Any],
    review: Review,
    *,
    by: log.Actor,
    at: dt.datetime,
) -> Alert | None:
    alert, new = Alert.objects.get_or_create(
        case=case,
        rule=rule,
        about=about,
        defaults={"because": because, "raised_at": at, "review": review},
    )
    if not new:
        return None
    timeline.record(
        case, "alert.raised", by=by, at=at, about=alert.code, facts={"rule": rule.value}
    )
    ledger.set_task(
        TASK,
        subject=alert.code,
        case=case.code,
        agency=case.owner,
        role=Role.SUPERVISOR,
        assignee=case.worker,
        due_at=at + WITHIN,
        at=at,
    )
    outbox.publish(
        Kind.ALERT_RAISED,
        subject=alert.code,
        to=To(Role.SUPERVISOR, case.owner, case.worker),
        at=at,
    )
    return alert


def _extra_review(case: Case, facts: Facts, *, at: dt.datetime) -> Review:
    """One at a time: many warnings are one reason to sit together."""
    for review in facts.due_reviews:
        if review.kind == ReviewKind.EXTRA:
            return review
    plan = queries.active_plan(case)
    return set_review(case, ReviewKind.EXTRA, facts.today + WITHIN, plan=plan, at=at)


def _is_over(day: dt.date, grace: int, facts: Facts) -> bool:
    return facts.today > day + dt.timedelta(days=grace)


def _check_ins_that_said(result: Reached, facts: Facts) -> Iterator[Occasion]:
    for check_in in facts.check_ins:
        if check_in.result == result:
            yield check_in.code, {"tried_at": check_in.tried_at.isoformat()}


def _newest(facts: Facts) -> Iterator[tuple[Review, dict[str, Score]]]:
    """The review that was held last, with its scores; nothing before the first."""
    for review in facts.held[-1:]:
        yield review, facts.scores_of(review)


def _scores_by(who: str, area: str, facts: Facts) -> list[tuple[str, int]]:
    """What the worker, or the person, said of the area at each review, oldest first."""
    said = (
        (review.code, getattr(facts.scores_of(review).get(area), who, None))
        for review in facts.held
    )
    return [(review, score) for review, score in said if score is not None]
