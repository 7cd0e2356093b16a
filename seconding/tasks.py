"""A door for Celery: requests for a second person that ran out. Twice is as good as once."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import log
from kernel.each import each_alone
from seconding import actions
from seconding.models import TwoPersonAct

State = TwoPersonAct.State


@shared_task(name="seconding.expire", ignore_result=True)
def expire(**_later: Any) -> None:
    """End what nobody decided, and what nobody did with an approval, in time."""
    now = timezone.now()
    over = Q(state=State.ASKED, decide_by__lte=now) | Q(state=State.APPROVED, do_by__lte=now)
    with transaction.atomic():
        rows = TwoPersonAct.objects.filter(over).order_by("pk")
        codes = list(rows.values_list("code", flat=True)[:200])
    each_alone(codes, lambda code: actions.expire(code=code, by=log.CLOCK, at=now))
