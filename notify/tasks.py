"""Doors for Celery. Each runs on a nudge or on a timer, and twice is as good as once."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from notify import delivery, ladder


@shared_task(name="notify.relay", ignore_result=True)
def relay(**_later: Any) -> None:
    """Hand what is due to the mail server."""
    delivery.relay_due(timezone.now())


@shared_task(name="notify.climb", ignore_result=True)
def climb(**_later: Any) -> None:
    """Let long pauses end, climb due rungs, and send what that left."""
    ladder.end_long_pauses(timezone.now())
    while ladder.fire_due(timezone.now()):
        pass
    delivery.relay_due(timezone.now())
