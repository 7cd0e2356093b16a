"""Doors for Celery: files wait on the queue `files`, and days pass. Twice is as good as once."""

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from exchange import entries, working
from exchange.actions.moving import TASK, wake
from kernel.each import each_alone

# How long one task works at a time.
SECONDS = 30
# An export is made in one go, and may have as many cases as the settings allow.
MOST_SECONDS = 3600
FURTHEST_AHEAD = dt.timedelta(hours=14)


@shared_task(name=TASK, ignore_result=True, time_limit=MOST_SECONDS)
def work(**_later: Any) -> None:
    """Do what waits for a while; then let another task go on with the rest."""
    working.tend(timezone.now())
    if working.work(seconds=SECONDS):
        wake()


@shared_task(name="exchange.remind_of_entries", ignore_result=True)
def remind_of_entries(**_later: Any) -> None:
    """Tell agencies of entries that nobody has looked at for long, and forget old sets."""
    now = timezone.now()
    with transaction.atomic():
        # Where it is later than anywhere else; of each agency it is decided by its own day.
        codes = entries.due(on=(now + FURTHEST_AHEAD).date())
    each_alone(codes, lambda code: entries.remind(code=code, at=now))
    entries.forget(at=now)
