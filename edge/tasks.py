"""Doors for Celery: keys that nobody repeats, sessions that have ended and old counts are forgotten."""

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from edge.models import Asked, RepeatedKey
from edge.sessions import SessionStore

KEPT = dt.timedelta(hours=24)


@shared_task(name="edge.forget_keys", ignore_result=True)
@transaction.atomic
def forget_keys(**_later: Any) -> None:
    """A key is good for a day."""
    RepeatedKey.objects.filter(used_at__lt=timezone.now() - KEPT).delete()


@shared_task(name="edge.forget_sessions", ignore_result=True)
@transaction.atomic
def forget_sessions(**_later: Any) -> None:
    """Those whose twelve hours are over."""
    SessionStore.clear_expired()


@shared_task(name="edge.forget_counts", ignore_result=True)
@transaction.atomic
def forget_counts(**_later: Any) -> None:
    """No limit counts longer than a day."""
    Asked.objects.filter(since__lt=timezone.now() - KEPT).delete()
