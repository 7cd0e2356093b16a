"""Doors for Celery: links that lead nowhere any more. Twice is as good as once."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from guest import queries
from guest.actions import lapsing
from guest.telling import TASK
from kernel.each import each_alone


@shared_task(name="guest.watch", ignore_result=True)
def watch(**_later: Any) -> None:
    """Tell whoever waits that nobody can come by their link any more, and take back what nobody
    has to do any more."""
    now = timezone.now()
    with transaction.atomic():
        lapsed, needless = queries.lapsed(now), queries.needless(TASK)
    each_alone(lapsed, lambda code: lapsing.lapse(code=code, by=log.CLOCK, at=now))
    each_alone(needless, lambda code: lapsing.forget(code=code, by=log.CLOCK, at=now))
