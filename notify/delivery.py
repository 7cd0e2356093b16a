"""The relay: lease what is due, send it outside any transaction, mark it, back off, give up."""

import datetime as dt
import logging
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from notify import ledger
from notify.channels import Away, PermanentFailure, TransientFailure, email
from notify.models import Delivery

logger = logging.getLogger(__name__)

# A batch of mails, each within the server's time limit, ends well inside its lease.
BATCH = 8
LEASE = dt.timedelta(seconds=120)
# After the last of these waits a delivery is dead, and a task for a human.
WAITS = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
# While nobody takes any mail, one is offered this often: its absence is no failure of a mail, so none
# has waited for longer than this when the server is back. All together they wait as long as WAITS.
AWAY = dt.timedelta(seconds=10)
PATIENCE = sum(WAITS, dt.timedelta())
# One relay at a time: a mail server that hangs holds one hand of the service, and the others keep the
# clocks. And none for so long that its task would be ended in the middle of a mail.
LOCK = 0x3A11
LONGEST = dt.timedelta(seconds=60)
# A machine that is gone without a word is given up by PostgreSQL after half a minute, not two hours.
TAKE_LOCK = """
    SELECT pg_try_advisory_lock(%s), set_config('tcp_keepalives_idle', '15', false),
           set_config('tcp_keepalives_interval', '5', false),
           set_config('tcp_keepalives_count', '3', false)
"""


def relay_due(at: dt.datetime) -> int:
    """Send what is due, batch after batch; the number of deliveries that were tried."""
    tried, begun = 0, timezone.now()
    with _alone() as we_are:
        while we_are and (batch := claim(at)):
            tried += len(batch)
            if not _send(batch) or timezone.now() - begun >= LONGEST:
                break
            at = max(at, timezone.now())
    return tried


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other relay is at work. The lock is the connection's: a relay that dies leaves none."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_LOCK, [LOCK])
        taken: bool = cursor.fetchone()[0]
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@transaction.atomic
def claim(at: dt.datetime) -> list[Delivery]:
    """Lease a batch to this caller alone. A lease that ran out frees its row again."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=at)
    due = Delivery.objects.filter(free, state=Delivery.State.PENDING, next_at__lte=at)
    batch = list(
        due.order_by("next_at", "pk")
        .select_related("event", "member__agency")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    lease = uuid.uuid4()
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in batch]).update(
        leased_by=lease, leased_until=at + LEASE, attempts=F("attempts") + 1
    )
    for delivery in batch:
        delivery.leased_by, delivery.attempts = lease, delivery.attempts + 1
    return batch


def _send(batch: list[Delivery]) -> bool:
    """False if the server is away, and with it the rest of what is due."""
    line = email.connect()
    try:
        for number, delivery in enumerate(batch):
            if not _renew(delivery):
                continue
            if not delivery.member.is_active:
                _mark(delivery, state=Delivery.State.CANCELLED)
                continue
            try:
                email.send(delivery, line)
            except Away as failure:
                _put_off(batch[number:], str(failure))
                return False
            except TransientFailure as failure:
                line.close()
                _again(delivery, str(failure))
            except PermanentFailure as failure:
                line.close()
                _give_up(delivery, str(failure))
            else:
                _mark(delivery, state=Delivery.State.DONE, done_at=timezone.now())
    finally:
        line.close()
    return True


@transaction.atomic
def _renew(delivery: Delivery) -> bool:
    """Lease it anew right before it is sent; False if the lease ran out and another took it."""
    mine = Delivery.objects.filter(pk=delivery.pk, leased_by=delivery.leased_by)
    return bool(mine.update(leased_until=timezone.now() + LEASE))


def _put_off(batch: list[Delivery], error: str) -> None:
    """None of them was offered to anybody, so none has used up a try."""
    logger.info("Nobody takes mail (%s): %d wait", error, len(batch))
    now = timezone.now()
    for delivery in batch:
        if now - delivery.event.happened_at > PATIENCE:
            _give_up(delivery, error)
        else:
            tries = delivery.attempts - 1
            _mark(delivery, next_at=now + _about(AWAY), attempts=tries, last_error=error[:80])


def _about(wait: dt.timedelta) -> dt.timedelta:
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 -- jitter


def _again(delivery: Delivery, error: str) -> None:
    if delivery.attempts > len(WAITS):
        _give_up(delivery, error)
        return
    wait = _about(WAITS[delivery.attempts - 1])
    logger.info("Delivery %s will be tried again", delivery.code)
    _mark(delivery, next_at=timezone.now() + wait, last_error=error[:80])


def _give_up(delivery: Delivery, error: str) -> None:
    logger.warning("Delivery %s is dead", delivery.code)
    with transaction.atomic():
        if _mark(delivery, state=Delivery.State.DEAD, last_error=error[:80]):
            ledger.leave_to_administrators(
                "dead_letter", subject=delivery.code, at=timezone.now()
            )


@transaction.atomic
def _mark(delivery: Delivery, **changes: object) -> bool:
    # Guarded by the lease: a relay that was overtaken changes nothing any more.
    mine = Delivery.objects.filter(pk=delivery.pk, leased_by=delivery.leased_by)
    return bool(mine.update(leased_until=None, leased_by=None, **changes))
