"""The only door out of a domain transaction."""

import datetime as dt
import logging

from django.db import connection, transaction
from kombu.exceptions import OperationalError

from notify import ledger
from notify.audience import To
from notify.models import Event
from notify.notices import Kind
from notify.tasks import relay

logger = logging.getLogger(__name__)


def publish(
    kind: Kind, *, subject: str, to: To, at: dt.datetime, emergency: bool = False
) -> Event:
    """Tell somebody, once this transaction has committed. `subject` is a code, nothing else."""
    event = ledger.write(kind, subject=subject, to=to, at=at, emergency=emergency)
    if not any(call is nudge for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(nudge, robust=True)
    return event


def nudge() -> None:
    """Wake a relay. Not a promise: if the broker is down, the next sweep finds the rows."""
    try:
        relay.delay()
    except OperationalError:
        logger.info("The broker is away; the next sweep will find what waits")
