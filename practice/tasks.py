"""Doors for Celery: what learners want, and what was forgotten. Twice is as good as once."""

import logging
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from identification.tasks import turn as turn_identifications
from kernel.each import each_alone
from notify.tasks import climb
from practice import queries
from practice.actions import playing, wishing
from referral.tasks import end_consents, expire, lapse_requests
from reintegration.tasks import watch

logger = logging.getLogger(__name__)
# What the service does by itself when time has passed: for everybody, for real and made up alike.
BETWEEN = (climb, expire, end_consents, lapse_requests, turn_identifications, watch)


@shared_task(name=wishing.TASK, ignore_result=True)
def work(**_later: Any) -> None:
    """Do what is wanted in each space, until nothing is."""
    with transaction.atomic():
        codes = queries.wishes()
    each_alone(codes, lambda code: playing.work(code=code, between=BETWEEN, at=timezone.now()))


@shared_task(name="practice.let_go", ignore_result=True)
def let_go(**_later: Any) -> None:
    """Wipe what nobody has come back to for a month."""
    now = timezone.now()
    with transaction.atomic():
        codes = queries.forgotten(now)
    each_alone(codes, lambda code: playing.let_go(code=code, at=now))
    work()
