"""Doors for Celery: what is due to be looked at again, the numbers of a month that is over, and who is due
to show what they know."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from kernel.each import each_alone
from learning import queries
from learning.actions import publishing, reminding, watching


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


@shared_task(name="learning.watch_duty", ignore_result=True)
def watch_duty(**_later: Any) -> None:
    """Tell whoever is due; count them once a day. Twice is as good as once."""
    now = timezone.now()
    with transaction.atomic():
        bound = [member.username for member in queries.bound_members()]
    each_alone(bound, lambda name: watching.tell(username=name, by=log.CLOCK, at=now))
    watching.forget(by=log.CLOCK)
    watching.count(by=log.CLOCK, at=now)
