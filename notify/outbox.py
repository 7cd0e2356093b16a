"""The only door out of a domain transaction."""

import datetime as dt
from collections.abc import Callable

from django.db import connection, transaction

from edge.waking import wake
from notify import ledger
from notify.audience import To
from notify.models import Event
from notify.notices import Kind
from notify.tasks import relay, relay_calls


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
    wake(relay.name)


def nudge_calls() -> None:
    """The same for the relay of calls."""
    wake(relay_calls.name)


def call_soon() -> None:
    """Wake the relay of calls, once this transaction has committed."""
    _once(nudge_calls)


def _once(nudge_: Callable[[], None]) -> None:
    if not any(call is nudge_ for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(nudge_, robust=True)
