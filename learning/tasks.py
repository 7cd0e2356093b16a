"""Doors for Celery: what is due to be looked at again, and the numbers of a month that is over."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from kernel.each import each_alone
from learning import queries
from learning.actions import publishing, reminding


@shared_task(name="learning.remind", ignore_result=True)
def remind(**_later: Any) -> None:
    """Tell each member once of what is due. Twice is as good as once."""
    now = timezone.now()
    with transaction.atomic():
        untold = queries.untold(now)
    each_alone(untold, lambda code: reminding.tell(code=code, by=log.CLOCK, at=now))


@shared_task(name="learning.publish", ignore_result=True)
def publish(**_later: Any) -> None:
    """Count the month that is over. Twice is as good as once."""
    publishing.publish(by=log.CLOCK, at=timezone.now())
