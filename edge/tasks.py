"""A door for Celery: keys that nobody will repeat any more are forgotten."""

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from edge.models import RepeatedKey

KEPT = dt.timedelta(hours=24)


@shared_task(name="edge.forget_keys", ignore_result=True)
@transaction.atomic
def forget_keys(**_later: Any) -> None:
    """A key is good for a day."""
    RepeatedKey.objects.filter(used_at__lt=timezone.now() - KEPT).delete()
