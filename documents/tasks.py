"""A door for Celery. It runs on a nudge and on a timer, and twice is as good as once."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from documents import checking
from documents.actions import serving
from documents.actions.checking import CHECK


@shared_task(name="documents.check", ignore_result=True)
def check(**_later: Any) -> None:
    """Check what waits, and forget tickets that are over."""
    serving.forget_tickets(by=CHECK, at=timezone.now())
    checking.check_waiting(timezone.now())
