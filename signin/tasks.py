"""A door for Celery: whose day of waiting is over loses the factors that are lost, and enrols anew."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from audit import log
from kernel.each import each_alone
from signin import queries
from signin.actions import resets


@shared_task(name="signin.carry_out_resets", ignore_result=True)
def carry_out_resets(**_later: Any) -> None:
    at = timezone.now()
    each_alone(
        queries.due_resets(at=at),
        lambda code: resets.carry_out(code=code, by=log.CLOCK, at=at),
    )
