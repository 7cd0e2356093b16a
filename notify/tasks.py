"""Doors for Celery. Each runs on a nudge or on a timer, and twice is as good as once."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from notify import calls, delivery, ladder


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


@shared_task(name="notify.relay_calls", ignore_result=True)
def relay_calls(**_later: Any) -> None:
    """Tell partners' systems what is due to them."""
    calls.relay_due(timezone.now())


@shared_task(name="notify.forget_calls", ignore_result=True)
def forget_calls(**_later: Any) -> None:
    """Forget what was told to systems a month ago."""
    calls.forget(timezone.now())
