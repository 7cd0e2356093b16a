"""Doors for Celery, on the queue `files`. They run on a nudge and on a timer, and twice is as good as once."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from exchange import working
from exchange.actions.moving import TASK, wake

# How long one task works at a time.
SECONDS = 30


@shared_task(name=TASK, ignore_result=True)
def work(**_later: Any) -> None:
    """Do what waits for a while; then let another task go on with the rest."""
    working.tend(timezone.now())
    if working.work(seconds=SECONDS):
        wake()
