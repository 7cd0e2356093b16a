"""Hold the reviews in their order, ask after the person between them and after the case."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from agencies.codelists import codes
from agencies.models import Member
from audit import log
from cases import deadlines, policy, timeline
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from cases.policy import Verb as CaseVerb
from kernel import fields
from kernel.errors import Invalid, Refused
from reintegration import queries
from reintegration.actions import watching
from reintegration.actions.moving import (
    CLOCKS,
    cancel_reviews,
    locked_review,
    save,
    seal,
    set_review,
    start_check_in,
)
from reintegration.models import BEST, CheckIn, Review, Score
from reintegration.workflow import IN_TOUCH, NotHeld, Reached, ReviewKind, ReviewState

SCORE = fields.Field(
    "record", fields={"worker": fields.whole(0, BEST), "person": fields.whole(0, BEST)}
)
Scores = Mapping[str, Mapping[str, int | None]]


@transaction.atomic
def hold(
    *,
    code: str,
    held_on: dt.date,
    scores: Scores,
    remarks: str,
    by: Member,
    at: dt.datetime,
) -> Review:
    """Worker and person have looked together at how things stand."""
    review = locked_review(code)
    case = review.case
    _require_turn(review, "hold", by=by)
    _require_possible_day(review, held_on, at=at)
    given = _scores(review, scores, at=at)
    save(
        review,
        state=ReviewState.HELD,
        held_on=held_on,
        held_by=by,
        agency=by.agency,
        remarks=seal(case, review.code, "remarks", remarks) if remarks else None,
        ended_at=at,
    )
    Score.objects.bulk_create(
        Score(review=review, area=area, worker=said.get("worker"), person=said.get("person"))
        for area, said in given.items()
    )
    _end(review, by=by, at=at)
    plan = queries.active_plan(case)
    if plan is not None:
        # Who has just sat together need not be asked after tomorrow.
        start_check_in(case, plan, at=at)
    watching.evaluate(code=case.code, by=by, at=at)
    return review


@transaction.atomic
def not_held(*, code: str, why: str, by: Member, at: dt.datetime) -> Review:
    """The review could not be held, with the reason. The next one stays as it was planned."""
    review = locked_review(code)
    _require_turn(review, "not_held", by=by)
    if why not in NotHeld.values:
        raise Invalid("unknown_code", pointer="/why")
    save(review, state=ReviewState.NOT_HELD, why_not=why, ended_at=at)
    _end(review, by=by, at=at)
    watching.evaluate(code=review.case.code, by=by, at=at)
    return review


@transaction.atomic
def check_in(
    *, code: str, tried_at: dt.datetime, channel: str, result: str, by: Member, at: dt.datetime
) -> CheckIn:
    """One try to be in touch between two reviews. If it was, the next is counted from it."""
    case = locked_case(code)
    policy.may(by, CaseVerb.SUPPORT, case).require()
    plan = queries.active_plan(case)
    if plan is None:
        raise Refused("no_running_plan", state=queries.support_state(case))
    assert plan.agreed_at is not None, "an active plan was agreed to"
    if tried_at > at:
        raise Invalid("attempt_in_the_future", pointer="/tried_at")
    if tried_at < plan.agreed_at:
        raise Invalid("date_before_the_beginning", pointer="/tried_at")
    if channel not in codes("check_in_channel"):
        raise Invalid("unknown_code", pointer="/channel")
    if result not in Reached.values:
        raise Invalid("unknown_code", pointer="/result")
    made = CheckIn.objects.create(
        case=case, tried_at=tried_at, channel=channel, result=result, by=by
    )
    timeline.record(
        case, "check_in.made", by=by, at=at, about=made.code, facts={"result": result}
    )
    if result in IN_TOUCH:
        start_check_in(case, plan, at=at)
    watching.evaluate(code=case.code, by=by, at=at)
    return made


@transaction.atomic
def plan_follow_ups_of(*, case: Case, by: log.Actor, at: dt.datetime) -> list[Review]:
    """A review for each day on which the person is asked after once the case is closed. Days that
    have one, and days that have passed, get none. The case is held by who closes it."""
    today = deadlines.today(case, at)
    there = set(
        case.reviews.filter(kind=ReviewKind.FOLLOW_UP)
        .exclude(state=ReviewState.CANCELLED)
        .values_list("due_on", flat=True)
    )
    planned = [
        set_review(case, ReviewKind.FOLLOW_UP, day, month=n, at=at)
        for n, day in enumerate(sorted(set(case.follow_ups)), start=1)
        if day >= today and day not in there
    ]
    if planned:
        timeline.record(case, "review.follow_ups_set", by=by, at=at, facts={"n": len(planned)})
    return planned


@transaction.atomic
def cancel_follow_ups(*, case: Case, by: log.Actor, at: dt.datetime) -> int:
    """The case is taken up again: nobody asks after the person who is being helped."""
    count = cancel_reviews(case, ReviewKind.FOLLOW_UP, at=at)
    if count:
        timeline.record(case, "review.follow_ups_cancelled", by=by, at=at, facts={"n": count})
    return count


@transaction.atomic
def end_with_case(*, case: Case, by: log.Actor, at: dt.datetime) -> None:
    """The case is closed: reviews that a warning or a plan had asked for are not held any more."""
    cancel_reviews(case, ReviewKind.PLANNED, ReviewKind.EXTRA, at=at)


def _end(review: Review, *, by: Member, at: dt.datetime) -> None:
    deadlines.stop(review.case, CLOCKS[review.kind], subject=review.code, at=at)
    timeline.record(
        review.case,
        f"review.{review.state}",
        by=by,
        at=at,
        about=review.code,
        facts={"kind": review.kind, "why": review.why_not},
    )


def _require_turn(review: Review, what: str, *, by: Member) -> None:
    """It waits to be held, and none that was planned before it does."""
    policy.may(by, CaseVerb.REVIEW, review.case).require()
    if review.state != ReviewState.DUE:
        raise Refused(f"cannot_{what}_when_{review.state}", state=review.state)
    if queries.earlier_is_due(review):
        raise Refused("earlier_review_is_due", state=review.state)


def _require_possible_day(review: Review, day: dt.date, *, at: dt.datetime) -> None:
    case = review.case
    if day > deadlines.today(case, at):
        raise Invalid("date_in_the_future", pointer="/held_on")
    begun = review.plan.agreed_at if review.plan else case.closed_at or case.opened_at
    if begun is not None and day < deadlines.today(case, begun):
        raise Invalid("date_before_the_beginning", pointer="/held_on")
    last = queries.last_held_on(case)
    if last is not None and day < last:
        raise Invalid("date_before_the_last_review", pointer="/held_on")


def _scores(review: Review, scores: Scores, *, at: dt.datetime) -> dict[str, dict[str, int]]:
    """Those that say something. A planned review has the worker's for every area; the person says
    what they want to."""
    areas = queries.areas()
    said: dict[str, dict[str, Any]] = fields.checked(
        dict.fromkeys(areas, SCORE),
        scores,
        on=deadlines.today(review.case, at),
        codes_of=codes,
        pointer="/scores",
    )
    given = {area: each for area, each in said.items() if each}
    for area in areas if review.kind == ReviewKind.PLANNED else ():
        if "worker" not in given.get(area, {}):
            raise Invalid("area_missing", pointer=f"/scores/{area}")
    if not given:
        raise Invalid("area_missing", pointer="/scores")
    return given
