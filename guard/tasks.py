"""A door for Celery: hours that are over, looks that nobody took, attempts nobody was told of."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from cases.actions import exclusion
from guard import queries
from guard.actions import glass, reviewing
from kernel.each import each_alone


@shared_task(name="guard.watch", ignore_result=True)
def watch(**_later: Any) -> None:
    """End what is over, suspend what was not looked at, tell of attempts. Twice is as good as
    once."""
    now, by = timezone.now(), log.CLOCK
    with transaction.atomic():
        over, late = queries.over(now), queries.overdue(now)
        untold = [str(number) for number in queries.untold(now)]
    each_alone(over, lambda code: glass.end(code=code, by=by, at=now))
    each_alone(late, lambda code: reviewing.suspend_unreviewed(code=code, by=by, at=now))
    each_alone(untold, lambda number: exclusion.tell(number=int(number), by=by, at=now))
