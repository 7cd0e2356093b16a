"""Doors for Celery: what learners want, and what was forgotten. Twice is as good as once."""

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from edge import waking
from identification.tasks import turn as turn_identifications
from kernel.each import each_alone
from notify import ladder
from practice import queries
from practice.actions import playing, wishing
from referral.tasks import end_consents, expire, lapse_requests
from reintegration.tasks import watch


def climb(*, space: int) -> None:
    """Clocks, but no mail: none leaves practice."""
    now = timezone.now()
    ladder.end_long_pauses(now, space=space)
    while ladder.fire_due(now, space=space):
        pass


# What the service does by itself when time has passed, in one space: what is real waits for its own time,
# and nobody's clock is the slower for it.
BETWEEN = (climb, expire, end_consents, lapse_requests, turn_identifications, watch)


@shared_task(name=wishing.TASK, ignore_result=True)
def work(**_later: Any) -> None:
    """Do what is wanted in each space; what takes longer goes on when others had their turn."""
    with transaction.atomic():
        codes = queries.wishes()
    left: list[str] = []
    each_alone(codes, lambda code: _work(code, left, timezone.now()))
    if left:
        waking.wake(wishing.TASK)


def _work(code: str, left: list[str], now: dt.datetime) -> None:
    if playing.work(code=code, between=BETWEEN, at=now):
        left.append(code)


@shared_task(name="practice.let_go", ignore_result=True)
def let_go(**_later: Any) -> None:
    """What nobody has come back to for a month is to be wiped."""
    now = timezone.now()
    with transaction.atomic():
        codes = queries.forgotten(now)
    each_alone(codes, lambda code: playing.let_go(code=code, at=now))
