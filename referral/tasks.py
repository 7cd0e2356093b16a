"""Doors for Celery: what clocks do to referrals and consents. Twice is as good as once."""

import datetime as dt
import logging
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from agencies.models import REAL
from audit import log
from kernel.each import each_alone
from kernel.errors import Refused
from notify import ladder, ledger
from notify.notices import Kind
from referral import queries
from referral.actions import answering, recalling, requesting

logger = logging.getLogger(__name__)
# In seconds; the timetable in config/celery.py keeps to it.
DAY, CHECK_EVERY = 24 * 3600, 30


@shared_task(name="referral.expire", ignore_result=True)
def expire(*, space: int | None = None, **_later: Any) -> None:
    """End the referrals whose whole ladder was climbed in vain; with `space` those of it alone."""
    now = timezone.now()
    with transaction.atomic():
        codes = ladder.lapsed(now, space=space)
    each_alone(codes, lambda code: _expire(code, now))


def _expire(code: str, now: dt.datetime) -> None:
    try:
        answering.expire(code=code, by=log.CLOCK, at=now)
    except Refused as refusal:
        # Somebody answered at the last moment: they won, and that is well.
        logger.info("%s: %s", code, refusal.code)


@shared_task(name="referral.end_consents", ignore_result=True)
def end_consents(*, space: int | None = None, **_later: Any) -> None:
    """Consents and overrides whose time is over, and the referrals that lean on them; with `space` those
    of it alone."""
    now = timezone.now()
    with transaction.atomic():
        consents, overrides = queries.over(now, space=space)
    by = log.CLOCK
    each_alone(consents, lambda code: recalling.expire_consent(code=code, by=by, at=now))
    each_alone(overrides, lambda code: recalling.end_override(code=code, by=by, at=now))


@shared_task(name="referral.check_access", ignore_result=True)
def check_access(**_later: Any) -> None:
    """Work the access table out anew, case by case, and raise the alarm where it differs. In a day all
    cases are gone through, in each part of it a part of them: at once they would take longer than a task
    may (measured: 7 ms a case, so two hours for a million), and in parts of five minutes seals and mails
    waited half a minute for this."""
    now = timezone.now()
    part = int(now.timestamp()) % DAY // CHECK_EVERY
    with transaction.atomic():
        numbers = queries.case_numbers(part=part, of=DAY // CHECK_EVERY)
    for number in numbers:
        with transaction.atomic():
            code = queries.differing(number, at=now)
            if code:
                logger.error("The access rows of %s differ from the rule", code)
                log.record("access.differs", by=log.CLOCK, about=code, case=code)
                ledger.leave_to_administrators(
                    Kind.ACCESS_DIFFERS, subject=code, at=now, space=REAL
                )


@shared_task(name="referral.lapse_requests", ignore_result=True)
def lapse_requests(*, space: int | None = None, **_later: Any) -> None:
    """Requests for a case that nobody has answered with a transfer in time; with `space` those of it alone."""
    now = timezone.now()
    with transaction.atomic():
        codes = queries.requests_over(now, space=space)
    each_alone(codes, lambda code: requesting.let_lapse(code=code, by=log.CLOCK, at=now))
