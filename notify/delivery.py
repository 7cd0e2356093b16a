"""The relay: lease what is due, send it outside any transaction, mark it, back off, give up."""

import datetime as dt
import logging
import random
import uuid
from typing import Any

from django.db import connection as db
from django.db import transaction
from django.utils import timezone

from agencies.models import REAL, Member
from notify import ledger
from notify.alone import alone
from notify.channels import Away, PermanentFailure, TransientFailure, email
from notify.models import Delivery, Event

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = dt.timedelta(seconds=120)
# A lease begins anew right before its mail, and so often for all that still wait behind it: a server
# that lets each mail run into its time limit costs nobody their lease.
ANEW = dt.timedelta(seconds=30)
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

# In none of these the disk is waited for: all see a lease and a mark at once, and only a database that
# falls over forgets the last moment's, whose mails then come a second time, with the same number.
QUICK = "quick AS (SELECT set_config('synchronous_commit', 'off', true))"
CLAIM = f"""
    WITH {QUICK}, due AS (
        SELECT id FROM notify_delivery
        WHERE state = 'pending' AND next_at <= %(at)s
          AND (leased_until IS NULL OR leased_until < %(at)s)
        ORDER BY next_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    UPDATE notify_delivery d
    SET leased_by = %(lease)s, leased_until = %(until)s, attempts = d.attempts + 1
    FROM due, quick, notify_event e WHERE d.id = due.id AND e.id = d.event_id
    RETURNING d.next_at, d.id, d.code, d.message_id, d.attempts, d.leased_until, d.member_id,
              e.kind, e.subject, e.happened_at
"""  # noqa: S608 -- constants
# Both under the lease: a relay that was overtaken marks nothing and sends nothing.
STEP = f"""
    WITH {QUICK}, marked AS (
        UPDATE notify_delivery SET state = 'done', done_at = %(now)s,
               leased_until = NULL, leased_by = NULL
        WHERE id = %(sent)s AND leased_by = %(lease)s
    )
    UPDATE notify_delivery d SET leased_until = %(until)s FROM agencies_member m, quick
    WHERE d.id = ANY (%(waiting)s::bigint[]) AND d.leased_by = %(lease)s AND m.id = d.member_id
    RETURNING d.id, m.is_active, m.email, m.language, m.is_guest
"""  # noqa: S608 -- likewise


def relay_due(at: dt.datetime) -> int:
    """Send what is due, batch after batch; the number of deliveries that were tried."""
    tried, begun = 0, timezone.now()
    with alone(LOCK) as we_are:
        while we_are and (batch := claim(at)):
            tried += len(batch)
            if not _send(batch) or timezone.now() - begun >= LONGEST:
                break
            at = max(at, timezone.now())
    return tried


@transaction.atomic
def claim(at: dt.datetime, *, most: int = BATCH) -> list[Delivery]:
    """Lease a batch to this caller alone. A lease that ran out frees its row again."""
    lease = uuid.uuid4()
    values: dict[str, Any] = {"at": at, "until": at + LEASE, "lease": lease, "most": most}
    with db.cursor() as cursor:
        cursor.execute(CLAIM, values)
        rows = sorted(cursor.fetchall())
    return [
        Delivery(
            pk=pk, code=code, message_id=number, attempts=attempts, next_at=next_at,
            leased_by=lease, leased_until=until, member=Member(pk=member),
            event=Event(kind=kind, subject=subject, happened_at=happened),
        )
        for next_at, pk, code, number, attempts, until, member, kind, subject, happened in rows
    ]  # fmt: skip


def _send(batch: list[Delivery]) -> bool:
    """False if the server is away, and with it the rest of what is due."""
    line = email.connect()
    sent: Delivery | None = None
    anew = timezone.now() + ANEW
    try:
        for place, delivery in enumerate(batch):
            waiting = [delivery]
            if timezone.now() > anew:
                waiting, anew = batch[place:], timezone.now() + ANEW
            mine = _step(sent, waiting, lease=delivery.leased_by)
            sent = None
            try:
                sent = delivery if mine and _is_sent(delivery, line) else None
            except Away as failure:
                _put_off(batch[place:], str(failure))
                return False
    finally:
        if sent is not None:
            _step(sent, [], lease=sent.leased_by)
        line.close()
    return True


def _is_sent(delivery: Delivery, line: email.Conversation) -> bool:
    """Hand it to the server; what became of it otherwise is written down here. Raises Away."""
    if not delivery.member.is_active:
        _mark(delivery, state=Delivery.State.CANCELLED)
        return False
    try:
        email.send(delivery, line)
    except Away:
        raise
    except TransientFailure as failure:
        line.close()
        _again(delivery, str(failure))
        return False
    except PermanentFailure as failure:
        line.close()
        _give_up(delivery, str(failure))
        return False
    return True


@transaction.atomic
def _step(sent: Delivery | None, waiting: list[Delivery], *, lease: uuid.UUID | None) -> bool:
    """Mark the one that was just sent, and lease the next anew right before it is sent, with its
    member as they are now; False if the lease ran out and another took it, or if nothing waits.

    One statement and one commit a mail. Whoever is killed here repeats one mail, never two.
    """
    now = timezone.now()
    values: dict[str, Any] = {
        "sent": sent.pk if sent else 0,
        "waiting": [delivery.pk for delivery in waiting],
        "lease": lease,
        "now": now,
        "until": now + LEASE,
    }
    with db.cursor() as cursor:
        cursor.execute(STEP, values)
        found = {number: member for number, *member in cursor.fetchall()}
    if not waiting or waiting[0].pk not in found:
        return False
    member = waiting[0].member
    member.is_active, member.email, member.language, member.is_guest = found[waiting[0].pk]
    return True


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
                "dead_letter",
                subject=delivery.code,
                at=timezone.now(),
                # Nobody made up has an address.
                space=REAL,
            )


@transaction.atomic
def _mark(delivery: Delivery, **changes: object) -> bool:
    # Guarded by the lease: a relay that was overtaken changes nothing any more.
    mine = Delivery.objects.filter(pk=delivery.pk, leased_by=delivery.leased_by)
    return bool(mine.update(leased_until=None, leased_by=None, **changes))
