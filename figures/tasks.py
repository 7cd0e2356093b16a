"""A door for Celery: the figures of a month that somebody wants, or that is over."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from figures import periods, queries
from figures.actions import releasing
from kernel.each import each_alone

# A first release over a million cases takes minutes (docs/figures.md).
LONGEST = 3600


@shared_task(name="figures.release", ignore_result=True, time_limit=LONGEST)
def release(**_later: Any) -> None:
    """Make what is wanted, the oldest first. Twice is as good as once."""
    now = timezone.now()
    with transaction.atomic():
        wanted = queries.wanted(now)
    each_alone(
        wanted,
        lambda text: releasing.make_release(month=periods.month_of(text), by=log.CLOCK, at=now),
    )
