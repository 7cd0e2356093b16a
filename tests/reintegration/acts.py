"""Short ways to say in a test what is done, and to see what it left."""

import datetime as dt
from typing import Any

import pytest

from agencies.models import Member
from cases.models import Case
from kernel.errors import Denied, Invalid, Refused
from notify.models import Clock
from reintegration.actions import planning, reviewing
from reintegration.models import Action, CheckIn, Goal, Plan, Review

# Noon in Minsk on the last of March: one month later is the 30th of April.
AT = dt.datetime(2026, 3, 31, 9, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 31)
DAY = dt.timedelta(days=1)
AREAS = [
    "safety", "housing", "health", "mental_health", "legal_status", "income", "education",
    "social_ties",
]  # fmt: skip
OURS = ("plan", "action", "check_in", "review", "follow_up")
Scores = dict[str, dict[str, int | None]]


def refused(act: Any, **words: Any) -> str:
    """The code of the refusal, and where the input is wrong."""
    with pytest.raises((Refused, Denied, Invalid)) as refusal:
        act(**words)
    return f"{refusal.value.code} {refusal.value.pointer}".strip()


def end_of(day: dt.date) -> dt.datetime:
    """Midnight in Minsk, three hours before that in UTC."""
    return dt.datetime.combine(day, dt.time(21), tzinfo=dt.UTC)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)


def all_at(score: int, **others: int) -> Scores:
    """The worker's score in every area, some of them another."""
    return {area: {"worker": others.get(area, score)} for area in AREAS}


def goal_of(plan: Plan) -> Goal:
    return plan.goals.get()


def set_action(
    plan: Plan, by: Member, *, due_on: dt.date = TODAY + 10 * DAY, at: dt.datetime = AT
) -> Action:
    return planning.set_action(
        code=goal_of(plan).code, text="Write to the housing office.", responsible=by.agency,
        due_on=due_on, by=by, at=at,
    )  # fmt: skip


def reviews_of(case: Case, **wanted: Any) -> list[Review]:
    return list(case.reviews.filter(**wanted).order_by("due_on", "pk"))


def hold(
    review: Review, by: Member, scores: Scores | None = None, *, on: dt.date | None = None,
    at: dt.datetime | None = None, remarks: str = "",
) -> Review:  # fmt: skip
    day = on or review.due_on
    return reviewing.hold(
        code=review.code, held_on=day, scores=all_at(3) if scores is None else scores,
        remarks=remarks, by=by, at=at or noon(day),
    )  # fmt: skip


def check_in(case: Case, by: Member, result: str, at: dt.datetime, **more: Any) -> CheckIn:
    words: dict[str, Any] = {"tried_at": at, "channel": "phone", "at": at} | more
    return reviewing.check_in(code=case.code, result=result, by=by, **words)


def running(purpose: str, subject: str) -> dt.datetime | None:
    """When the clock that runs is due; None if none does."""
    clocks = Clock.objects.filter(subject=subject, purpose=purpose, stopped_at__isnull=True)
    return clocks.values_list("due_at", flat=True).first()


def stopped(purpose: str, subject: str) -> list[dt.datetime | None]:
    """When the clocks of this purpose were stopped, each; None if one still runs."""
    clocks = Clock.objects.filter(subject=subject, purpose=purpose).order_by("pk")
    return list(clocks.values_list("stopped_at", flat=True))


def all_running(case: Case) -> int:
    """How many clocks of support run in the case."""
    return Clock.objects.filter(
        case=case.code, purpose__in=OURS, stopped_at__isnull=True
    ).count()
