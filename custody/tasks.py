"""A door for Celery: what a killed process left unfiled."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from custody import journal


@shared_task(name="custody.file_journal", ignore_result=True)
def file_journal(**_later: Any) -> None:
    journal.file_waiting(at=timezone.now())
