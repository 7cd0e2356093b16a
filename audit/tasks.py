"""A door for Celery: twice a second what is complete is sealed and given to the anchors."""

import datetime as dt
import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from audit import anchors, sealer

logger = logging.getLogger(__name__)
LATE = dt.timedelta(seconds=30)


@shared_task(name="audit.seal", ignore_result=True)
def seal(**_later: Any) -> None:
    """Seal, anchor, and say aloud when an event has been waiting for too long."""
    now = timezone.now()
    try:
        sealer.seal_all(at=now)
    except sealer.Restored:
        logger.error("audit: restored database; run `safehand audit seal --adopt-restored`")  # noqa: TRY400 -- the trace tells nothing more
    anchors.catch_up(at=now)
    waiting = sealer.lag(at=timezone.now())
    if waiting > LATE:
        logger.error(
            "audit: the oldest unsealed event has waited %d s", waiting.total_seconds()
        )
