"""Doors for Celery. Each runs on a timer, and twice is as good as once."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from identification import queries
from identification.actions import deciding
from kernel.each import each_alone


@shared_task(name="identification.turn", ignore_result=True)
def turn(*, space: int | None = None, **_later: Any) -> None:
    """Reflection periods that have ended, and windows that have closed, case by case; with `space` those
    of it alone."""
    now = timezone.now()
    with transaction.atomic():
        over = queries.reflections_over(now, space=space)
        closed = queries.windows_over(now, space=space)
    each_alone(over, lambda code: deciding.end_reflection(code=code, by=log.CLOCK, at=now))
    each_alone(closed, lambda code: deciding.end_window(code=code, by=log.CLOCK, at=now))
