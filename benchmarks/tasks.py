"""What the worker of a measurement is asked beside the service's own tasks."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from notify import delivery


@shared_task(name="bench.nothing", ignore_result=True)
def nothing(**_later: Any) -> None:
    """The yardstick: a task that does nothing."""


@shared_task(name="bench.one", ignore_result=True)
def one(**_later: Any) -> None:
    """One delivery and no more: leased, sent and marked by itself."""
    delivery._send(delivery.claim(timezone.now(), most=1))  # noqa: SLF001 -- a relay's one step
