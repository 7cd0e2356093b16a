"""The only door out of a domain transaction."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from celery import Task
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from notify import ledger
from notify.audience import To
from notify.models import Event
from notify.notices import Kind
from notify.tasks import relay, relay_calls

logger = logging.getLogger(__name__)


def publish(
    kind: Kind, *, subject: str, to: To, at: dt.datetime, emergency: bool = False
) -> Event:
    """Tell somebody, once this transaction has committed. `subject` is a code, nothing else."""
    event = ledger.write(kind, subject=subject, to=to, at=at, emergency=emergency)
    _once(nudge)
    if event.is_announced:
        _once(nudge_calls)
    return event


def nudge() -> None:
    """Wake a relay. Not a promise: if the broker is down, the next sweep finds the rows."""
    _wake(relay)


def nudge_calls() -> None:
    """The same for the relay of calls."""
    _wake(relay_calls)


def call_soon() -> None:
    """Wake the relay of calls, once this transaction has committed."""
    _once(nudge_calls)


def _once(wake: Callable[[], None]) -> None:
    if not any(call is wake for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


def _wake(task: "Task[Any, Any]") -> None:
    try:
        task.delay()
    except OperationalError:
        logger.info("The broker is away; the next sweep will find what waits")
