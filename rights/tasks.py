"""Doors for Celery: whose time is over is proposed once a day; what two have approved is done."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audit import log
from kernel.each import each_alone
from rights import queries
from rights.actions import carrying, proposing


@shared_task(name="rights.propose", ignore_result=True)
def propose(**_later: Any) -> None:
    """One batch at a time for each agency, and one a day. Twice is as good as once."""
    now = timezone.now()
    with transaction.atomic():
        agencies = {agency.code: agency for agency in queries.agencies_without_batch(now)}
    each_alone(
        agencies, lambda code: proposing.propose(agency=agencies[code], by=log.CLOCK, at=now)
    )


@shared_task(name="rights.carry_out", ignore_result=True)
def carry_out(**_later: Any) -> None:
    """Erase whom two people have said to erase, one transaction each: killed in between, it goes
    on the next time."""
    with transaction.atomic():
        codes = queries.approved()
    each_alone(codes, _carry_out)


def _carry_out(code: str) -> None:
    with transaction.atomic():
        waiting = {str(item.pk): item for item in queries.waiting_in(code)}
    each_alone(
        waiting,
        lambda key: carrying.erase(item=waiting[key], by=log.CLOCK, at=timezone.now()),
    )
    carrying.finish(code=code, by=log.CLOCK, at=timezone.now())
