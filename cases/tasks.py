"""Doors for Celery: what is looked for after a commit. Twice is as good as once."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from cases import duplicates
from cases.actions import matching
from kernel.each import each_alone


@shared_task(name=duplicates.TASK, ignore_result=True)
def look_for_duplicates(**_later: Any) -> None:
    """Whoever waits, one by one; and whether a member looks for people by writing them down."""
    now = timezone.now()
    with transaction.atomic():
        codes = duplicates.waiting()
    each_alone(codes, lambda code: matching.look(code=code, by=log.CLOCK, at=now))
    matching.watch(by=log.CLOCK, at=now)
