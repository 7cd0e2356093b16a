"""Doors for Celery: what the passing of days brings. Twice is as good as once."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from exchange import entries
from kernel.each import each_alone


@shared_task(name="exchange.remind_of_entries", ignore_result=True)
def remind_of_entries(**_later: Any) -> None:
    """Tell agencies of entries that nobody has looked at for long, and forget old sets."""
    now = timezone.now()
    with transaction.atomic():
        codes = entries.due(on=timezone.localdate(now))
    each_alone(codes, lambda code: entries.remind(code=code, at=now))
    entries.forget(at=now)
