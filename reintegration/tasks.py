"""A door for Celery: what the passing of days may turn into a warning. Twice is as good as once."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from kernel.each import each_alone
from reintegration import queries
from reintegration.actions import watching


@shared_task(name="reintegration.watch", ignore_result=True)
def watch(*, space: int | None = None, **_later: Any) -> None:
    """Look at every case in which a day has passed, one by one; with `space` at those of it alone."""
    now = timezone.now()
    with transaction.atomic():
        codes = queries.due_for_watching(now, space=space)
    each_alone(codes, lambda code: watching.evaluate(code=code, by=log.CLOCK, at=now))
