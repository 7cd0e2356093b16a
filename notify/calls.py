"""The relay of calls: at most one in the air to each endpoint, several endpoints at once; back off,
let rest, switch off. At least once: whoever is killed between a call and its mark calls again, by the
same number. In no promised order.
"""

import datetime as dt
import json
import logging
import random
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from copy import copy
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from agencies.models import Agency
from agencies.roles import Role
from audit import log
from notify import ledger, systemkeys
from notify.alone import alone
from notify.audience import To
from notify.channels import systems
from notify.channels.systems import Message, Outcome
from notify.models import Announcement, Call, Endpoint
from notify.notices import Kind

logger = logging.getLogger(__name__)

BATCH = 500
LOCK = 0x3A12
# So many are in the air at once; each ends within a quarter of a minute, long before its lease.
SLOTS = 8
LEASE = dt.timedelta(seconds=60)
# No pass begins a call after this, so that none holds a hand of the service for longer.
LONGEST = dt.timedelta(seconds=20)
# Source: Standard Webhooks 1.0, "Retries". After the last of these waits a call is dead.
WAITS = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
# However long a server asks us to stay away.
LONGEST_WAIT = dt.timedelta(days=1)
# An endpoint that failed so often in a row is left alone, and then called once, for each of its calls.
PATIENCE = 5
REST, LONGEST_REST = dt.timedelta(minutes=1), dt.timedelta(minutes=15)
# After so long without a single success it is switched off.
GIVEN_UP = dt.timedelta(days=7)
# Of calls that were given up, its administrators are told once in so long.
TOLD_AGAIN = dt.timedelta(days=1)
# How long a challenge may be answered, and how long what was told is kept.
CHALLENGE = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=30)
SUCCESS, GONE = range(200, 300), 410
# An answer that we could not take in counts as none, so that whoever gave it is left alone as well.
NOT_TAKEN = Outcome(0, fault="answer_not_taken")
NOT_OPENED = Outcome(0, fault="secret_not_opened")
SETTLED = ("state", "status", "milliseconds", "last_error", "next_at", "done_at")


@dataclass(frozen=True, slots=True)
class Leased:
    """A call that is this relay's to make, the message that it makes (none where its secret does not
    open), and the answer that would prove that a challenge has arrived."""

    call: Call
    lease: uuid.UUID
    message: Message | None
    proof: str = ""


def relay_due(at: dt.datetime) -> int:
    """Make the calls that are due, until none is or the time is over; how many were made."""
    made, begun = 0, timezone.now()
    with alone(LOCK) as we_are, ThreadPoolExecutor(SLOTS) as hands:
        in_air: dict[Future[Outcome], Leased] = {}
        while we_are:
            if timezone.now() - begun < LONGEST:
                spread(at)
                for leased in claim(at, most=SLOTS - len(in_air)):
                    in_air[hands.submit(_sent, leased.message)] = leased
            if not in_air:
                break
            for future in wait(in_air, return_when=FIRST_COMPLETED).done:
                leased = in_air.pop(future)
                if not _settled(leased, future.result):
                    _settled(leased, lambda: NOT_TAKEN)
                made += 1
            at = max(at, timezone.now())
    return made


def _sent(message: Message | None) -> Outcome:
    """What came of it. What could not be signed waits like what did not arrive, and holds up no other."""
    return systems.send(message) if message else NOT_OPENED


def _settled(leased: Leased, result: Callable[[], Outcome]) -> bool:
    """Whether it was written down. What goes wrong with one call costs no other its mark; it is logged
    by its kind alone, because its words may quote what a server said."""
    try:
        settle(leased, result())
    except Exception as fault:  # noqa: BLE001 -- see above
        logger.error("Call %s: %s", leased.call.uid, type(fault).__name__)  # noqa: TRY400 -- see above
        return False
    return True


@transaction.atomic
def spread(at: dt.datetime) -> None:
    """Write a call for each endpoint that wants what was announced. What is paused only waits."""
    fresh = Announcement.objects.filter(spread_at__isnull=True).order_by("pk")
    announced = list(fresh.select_for_update(skip_locked=True)[:BATCH])
    if not announced:
        return
    wanting = Endpoint.objects.filter(
        agency__in={each.agency_id for each in announced},
        state__in=[Endpoint.State.ACTIVE, Endpoint.State.PAUSED],
    )
    endpoints = list(wanting)
    Call.objects.bulk_create(
        [
            Call(endpoint=endpoint, announcement=each, created_at=at, next_at=at)
            for each in announced
            for endpoint in endpoints
            if endpoint.agency_id == each.agency_id and each.topic in endpoint.topics
        ],
        ignore_conflicts=True,
    )
    Announcement.objects.filter(pk__in=[each.pk for each in announced]).update(spread_at=at)


@transaction.atomic
def claim(at: dt.datetime, *, most: int) -> list[Leased]:
    """Lease endpoints that have something due, and with each its oldest call."""
    if most <= 0:
        return []
    due = Call.objects.filter(state=Call.State.PENDING, next_at__lte=at)
    free = Endpoint.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lt=at),
        Q(rests_until__isnull=True) | Q(rests_until__lte=at),
        Exists(due.filter(endpoint=OuterRef("pk"))),
        state__in=[Endpoint.State.UNVERIFIED, Endpoint.State.ACTIVE],
        agency__is_active=True,
    ).order_by(F("called_at").asc(nulls_first=True), "pk")
    endpoints = {
        each.pk: each for each in free.select_for_update(skip_locked=True, of=("self",))[:most]
    }
    oldest = due.filter(endpoint__in=endpoints).select_related("announcement")
    calls = list(oldest.order_by("endpoint", "next_at", "pk").distinct("endpoint"))
    lease = uuid.uuid4()
    Endpoint.objects.filter(pk__in=endpoints).update(
        leased_by=lease, leased_until=at + LEASE, called_at=at
    )
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(
        attempts=F("attempts") + 1, tried_at=at
    )
    for call in calls:
        call.endpoint, call.attempts = endpoints[call.endpoint_id], call.attempts + 1
    return [_leased(call, lease) for call in calls]


def _leased(call: Call, lease: uuid.UUID) -> Leased:
    """Signed at the moment of sending, by every key that is in force then."""
    endpoint, now = call.endpoint, timezone.now()
    try:
        secrets = _secrets(endpoint, now)
        word = _word(endpoint) if call.announcement is None else ""
    except systemkeys.CannotOpen:
        return Leased(call, lease, None)
    body = _body(call, word)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Standard-Webhooks/1.0",
        "webhook-id": str(call.number),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": systemkeys.signatures(
            secrets, number=str(call.number), at=now, body=body
        ),
    }
    message = Message(endpoint.url, body, headers, wants_answer=bool(word))
    return Leased(call, lease, message, systemkeys.answer_to(word, secrets[0]) if word else "")


def _secrets(endpoint: Endpoint, now: dt.datetime) -> list[str]:
    """The newest first. The older one was made as the secret, and stays sealed as that."""
    kept = [endpoint.secret]
    if endpoint.older_secret and endpoint.older_until and endpoint.older_until > now:
        kept.append(endpoint.older_secret)
    return [systemkeys.opened(each, endpoint=endpoint.code, part="secret") for each in kept]


def _word(endpoint: Endpoint) -> str:
    if (
        endpoint.word is None
        or not endpoint.word_until
        or endpoint.word_until <= timezone.now()
    ):
        return ""
    return systemkeys.opened(endpoint.word, endpoint=endpoint.code, part="word")


def _body(call: Call, word: str) -> str:
    """Nothing but a kind, a time and a number: what it is about is read with a key of one's own."""
    told = call.announcement
    data = {"id": str(call.number)} | ({"word": word} if told is None else {})
    kind, at = ("endpoint.verify", call.created_at) if told is None else (told.topic, told.at)
    said = {"type": str(kind), "timestamp": at.isoformat(), "data": data}
    return json.dumps(said, separators=(",", ":"))


@transaction.atomic
def settle(leased: Leased, outcome: Outcome) -> None:
    """Write down what came of a call, unless its lease ran out and another has taken it."""
    now = timezone.now()
    mine = Endpoint.objects.select_related("agency").filter(leased_by=leased.lease)
    endpoint = mine.select_for_update(of=("self",)).filter(pk=leased.call.endpoint_id).first()
    if endpoint is None:
        return
    endpoint.leased_by = endpoint.leased_until = None
    # A copy, so that what cannot be written leaves it as it was leased.
    call = copy(leased.call)
    call.status, call.milliseconds = outcome.status, outcome.milliseconds
    call.last_error = outcome.fault
    if outcome.status in SUCCESS:
        call.state, call.done_at = Call.State.DONE, now
        endpoint.failing_since, endpoint.failures, endpoint.rests_until = None, 0, None
    else:
        _put_off(call, endpoint, outcome, now)
    # It may be forgotten, or not wanted any more, by now.
    Call.objects.filter(pk=call.pk).update(**{name: getattr(call, name) for name in SETTLED})
    endpoint.save()
    if call.announcement is None and _is_proven(leased, endpoint, outcome):
        verify(endpoint, by=log.CLOCK, at=now)
    elif (because := _why_no_more(endpoint, outcome, now)) and _is_on(endpoint):
        disable(endpoint, because, at=now)
    elif call.state == Call.State.DEAD and call.announcement is not None:
        _tell_of_missed(endpoint, at=now)


def _why_no_more(
    endpoint: Endpoint, outcome: Outcome, now: dt.datetime
) -> Endpoint.Because | None:
    """Why it is not to be called again: it said so, or has failed for days."""
    if outcome.status == GONE:
        return Endpoint.Because.GONE
    if endpoint.failing_since and now - endpoint.failing_since >= GIVEN_UP:
        return Endpoint.Because.FAILING
    return None


def _is_on(endpoint: Endpoint) -> bool:
    return endpoint.state == Endpoint.State.ACTIVE


def _is_proven(leased: Leased, endpoint: Endpoint, outcome: Outcome) -> bool:
    """By the word that counts now: while the call was in the air, another may have taken its place, or
    somebody typed it and paused the endpoint."""
    asked = leased.call.endpoint.word
    return (
        outcome.status in SUCCESS
        and endpoint.state == Endpoint.State.UNVERIFIED
        and endpoint.word is not None
        and asked is not None
        # Sealed anew each time, so that no two words, nor one word twice, look alike.
        and bytes(endpoint.word) == bytes(asked)
        and leased.proof != ""
        and systemkeys.is_same(outcome.answer, leased.proof)
    )


def _put_off(call: Call, endpoint: Endpoint, outcome: Outcome, now: dt.datetime) -> None:
    """The call waits for its next turn or is dead; the endpoint rests when it fails again and again."""
    asked = _asked_to_wait(outcome.retry_after, now)
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    over = endpoint.failures - PATIENCE
    if over >= 0:
        endpoint.rests_until = now + min(REST * 2 ** min(over, 10), LONGEST_REST)
    if asked:
        endpoint.rests_until = now + min(asked, LONGEST_REST)
    last = call.announcement is None and endpoint.word_until and now >= endpoint.word_until
    if call.attempts > len(WAITS) or outcome.status == GONE or last:
        call.state = Call.State.DEAD
        logger.warning("Call %s is dead", call.uid)
        return
    planned = WAITS[call.attempts - 1] * random.uniform(0.75, 1.25)  # noqa: S311 -- jitter
    call.next_at = now + max(planned, asked)


def _asked_to_wait(said: str, now: dt.datetime) -> dt.timedelta:
    """What Retry-After asks for, in seconds or as a date (RFC 9110, 10.2.3), a day at most."""
    if said.isascii() and said.isdigit():
        wait_ = dt.timedelta(seconds=min(int(said[:9]), int(LONGEST_WAIT.total_seconds())))
    else:
        try:
            wait_ = parsedate_to_datetime(said) - now
        except (ValueError, TypeError, OverflowError):
            wait_ = dt.timedelta(0)
    return min(max(wait_, dt.timedelta(0)), LONGEST_WAIT)


@transaction.atomic
def verify(endpoint: Endpoint, *, by: log.Actor, at: dt.datetime) -> None:
    """From here on it is told. The caller holds the row."""
    endpoint.state, endpoint.verified_at = Endpoint.State.ACTIVE, at
    endpoint.word = endpoint.word_until = None
    endpoint.save(update_fields=["state", "verified_at", "word", "word_until"])
    endpoint.calls.filter(announcement__isnull=True, state=Call.State.PENDING).delete()
    Agency.objects.filter(pk=endpoint.agency_id).update(has_systems=True)
    log.record("endpoint.verified", by=by, about=endpoint.code)


@transaction.atomic
def disable(endpoint: Endpoint, because: Endpoint.Because, *, at: dt.datetime) -> None:
    """Call it no more, and tell those who look after it. What it missed can be sent again."""
    if not _is_on(endpoint):
        return
    endpoint.state, endpoint.because = Endpoint.State.DISABLED, because
    endpoint.save(update_fields=["state", "because"])
    log.record(
        "endpoint.disabled", by=log.CLOCK, about=endpoint.code, facts={"because": because}
    )
    to = To(Role.AGENCY_ADMIN, endpoint.agency)
    ledger.write(Kind.ENDPOINT_DISABLED, subject=endpoint.code, to=to, at=at)


def _tell_of_missed(endpoint: Endpoint, *, at: dt.datetime) -> None:
    """A call was given up, though the address is called on: whoever keeps it looks what is wrong with it
    before it is switched off. Once a day for all calls of it; its row is held."""
    told = endpoint.missed_told_at
    if told is not None and at - told < TOLD_AGAIN:
        return
    endpoint.missed_told_at = at
    endpoint.save(update_fields=["missed_told_at"])
    to = To(Role.AGENCY_ADMIN, endpoint.agency)
    ledger.write(Kind.ENDPOINT_MISSED, subject=endpoint.code, to=to, at=at)


@transaction.atomic
def forget(at: dt.datetime) -> None:
    """What was told a month ago is kept no longer, nor a key whose time is over."""
    Announcement.objects.filter(at__lt=at - KEPT).delete()
    Call.objects.filter(announcement__isnull=True, created_at__lt=at - KEPT).delete()
    Endpoint.objects.filter(older_until__lte=at).update(older_secret=None, older_until=None)
