"""The only door out of a domain transaction."""

import datetime as dt

from django.db import transaction

from notify import ledger
from notify.audience import To
from notify.models import Event
from notify.notices import Kind
from notify.tasks import relay


def publish(
    kind: Kind, *, subject: str, to: To, at: dt.datetime, emergency: bool = False
) -> Event:
    """Tell somebody, once this transaction has committed. `subject` is a code, nothing else."""
    event = ledger.write(kind, subject=subject, to=to, at=at, emergency=emergency)
    # A nudge, not a promise: if the broker is down, the next sweep finds the rows.
    transaction.on_commit(relay.delay, robust=True)
    return event
