"""What an agency does with the addresses at which its systems listen."""

import datetime as dt
from typing import NamedTuple

from django.db import IntegrityError, transaction

from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from kernel import outside
from kernel.codes import as_written, new_code
from kernel.errors import Invalid, Refused
from notify import calls, outbox, policy, systemkeys
from notify.audience import To
from notify.channels import systems
from notify.models import Announcement, Call, Endpoint, Topic
from notify.notices import Kind
from notify.policy import Verb

MOST = 10
# After a roll both keys sign for so long.
BOTH = dt.timedelta(hours=24)
MOST_AGAIN = 1000
State = Endpoint.State
# In which states each verb makes sense.
WHEN: dict[Verb, frozenset[str]] = {
    Verb.VERIFY: frozenset({State.UNVERIFIED}),
    Verb.CHALLENGE: frozenset({State.UNVERIFIED}),
    Verb.ROLL: frozenset({State.ACTIVE, State.PAUSED, State.DISABLED}),
    Verb.PAUSE: frozenset({State.ACTIVE}),
    Verb.RESUME: frozenset({State.PAUSED, State.DISABLED}),
    Verb.REPLAY: frozenset({State.ACTIVE, State.PAUSED}),
    Verb.CHOOSE: frozenset(State),
    Verb.REMOVE: frozenset(State),
}


class Added(NamedTuple):
    """An endpoint with its secret, which is not seen again."""

    endpoint: Endpoint
    secret: str


class Again(NamedTuple):
    """How many calls wait anew, and until which moment nothing was left out."""

    calls: int
    through: dt.datetime


@transaction.atomic
def add(*, url: str, topics: list[str], by: Member, at: dt.datetime) -> Added:
    """Name an address. It is told nothing before it has answered the challenge that goes out now."""
    policy.may_add(by).require()
    _check_topics(topics)
    try:
        outside.judged(url, systems.reach())
    except outside.NotOutside as fault:
        raise Invalid(f"url_{fault}", pointer="/url") from None
    # So that two at once do not pass the limit together.
    agency = Agency.objects.select_for_update(no_key=True).get(pk=by.agency_id)
    if agency.endpoints.count() >= MOST:
        raise Refused("too_many_endpoints")
    secret = systemkeys.fresh()
    endpoint = Endpoint(agency=agency, url=url, topics=sorted(set(topics)), created_at=at)
    endpoint.secret = systemkeys.sealed(secret, endpoint=endpoint.code, part="secret")
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError as fault:
        raise Refused("endpoint_is_there") from fault
    log.record("endpoint.added", by=by, about=endpoint.code)
    _send_challenge(endpoint, at)
    return Added(endpoint, secret)


@transaction.atomic
def challenge(*, code: str, by: Member, at: dt.datetime) -> Endpoint:
    """Send a new word; the one before counts no more."""
    endpoint = _held(code, Verb.CHALLENGE, by)
    endpoint.calls.filter(announcement__isnull=True, state=Call.State.PENDING).delete()
    log.record("endpoint.challenged", by=by, about=endpoint.code)
    _send_challenge(endpoint, at)
    return endpoint


@transaction.atomic
def verify(*, code: str, word: str, by: Member, at: dt.datetime) -> Endpoint:
    """Type back the word that has arrived there."""
    endpoint = _held(code, Verb.VERIFY, by)
    if endpoint.word is None or not endpoint.word_until or endpoint.word_until <= at:
        raise Refused("challenge_is_over", state=endpoint.state)
    sent = systemkeys.opened(endpoint.word, endpoint=endpoint.code, part="word")
    if not systemkeys.is_same(as_written(word, WORD), sent):
        raise Invalid("not_the_word", pointer="/word")
    calls.verify(endpoint, by=by, at=at)
    return endpoint


@transaction.atomic
def roll(*, code: str, by: Member, at: dt.datetime) -> Added:
    """A new secret. The one before signs beside it for a day, so that nothing is missed meanwhile.

    Within that day it stays the older one: the one between may not have reached the partner.
    """
    endpoint = _held(code, Verb.ROLL, by)
    secret = systemkeys.fresh()
    if endpoint.older_until is None or endpoint.older_until <= at:
        endpoint.older_secret, endpoint.older_until = endpoint.secret, at + BOTH
    endpoint.secret = systemkeys.sealed(secret, endpoint=endpoint.code, part="secret")
    endpoint.save(update_fields=["secret", "older_secret", "older_until"])
    log.record("endpoint.rolled", by=by, about=endpoint.code)
    return Added(endpoint, secret)


@transaction.atomic
def choose(*, code: str, topics: list[str], by: Member, at: dt.datetime) -> Endpoint:
    """What it is told of from now on."""
    endpoint = _held(code, Verb.CHOOSE, by)
    _check_topics(topics)
    endpoint.topics = sorted(set(topics))
    endpoint.save(update_fields=["topics"])
    log.record("endpoint.chosen", by=by, about=endpoint.code)
    return endpoint


@transaction.atomic
def pause(*, code: str, by: Member, at: dt.datetime) -> Endpoint:
    """What is announced from here on waits."""
    endpoint = _turned(code, Verb.PAUSE, State.PAUSED, by=by)
    _tell_whose_it_is(endpoint, by=by, at=at)
    return endpoint


@transaction.atomic
def resume(*, code: str, by: Member, at: dt.datetime) -> Endpoint:
    """Also after it was switched off: with a clean sheet."""
    endpoint = _turned(code, Verb.RESUME, State.ACTIVE, by=by)
    outbox.call_soon()
    return endpoint


@transaction.atomic
def remove(*, code: str, by: Member, at: dt.datetime) -> None:
    """With its log and what waited for it."""
    endpoint = _held(code, Verb.REMOVE, by)
    log.record("endpoint.removed", by=by, about=endpoint.code)
    _tell_whose_it_is(endpoint, by=by, at=at)
    agency = endpoint.agency_id
    endpoint.delete()
    verified = Endpoint.objects.filter(agency=agency, verified_at__isnull=False)
    Agency.objects.filter(pk=agency).update(has_systems=verified.exists())


@transaction.atomic
def replay(*, call: Call, by: Member, at: dt.datetime) -> Call:
    """Make one call again, by the same number."""
    endpoint = _held(call.endpoint.code, Verb.REPLAY, by)
    done = endpoint.calls.filter(pk=call.pk, announcement__isnull=False)
    if not done.exclude(state=Call.State.PENDING).update(**_anew(at)):
        raise Refused("call_is_waiting", state=call.state)
    _replayed(endpoint, 1, by=by)
    call.refresh_from_db()
    return call


@transaction.atomic
def replay_since(*, code: str, since: dt.datetime, by: Member, at: dt.datetime) -> Again:
    """Make every call again for what was announced since a moment: the oldest thousand at most."""
    endpoint = _held(code, Verb.REPLAY, by)
    if since > at:
        raise Invalid("date_in_the_future", pointer="/since")
    if since < at - calls.KEPT:
        raise Invalid("too_long_ago", pointer="/since")
    wanted = Announcement.objects.filter(
        agency=endpoint.agency_id, at__gte=since, topic__in=endpoint.topics
    )
    found = list(wanted.order_by("at", "pk")[: MOST_AGAIN + 1])
    again = found[:MOST_AGAIN]
    old = endpoint.calls.filter(announcement__in=again).exclude(state=Call.State.PENDING)
    old.update(**_anew(at))
    Call.objects.bulk_create(
        [
            Call(endpoint=endpoint, announcement=each, created_at=at, next_at=at)
            for each in again
        ],
        ignore_conflicts=True,
    )
    _replayed(endpoint, len(again), by=by)
    return Again(len(again), again[-1].at if len(found) > MOST_AGAIN else at)


@transaction.atomic
def acknowledge(*, announcement: Announcement, by: Member, at: dt.datetime) -> None:
    """A system has taken it in; a second time changes nothing."""
    waiting = Announcement.objects.filter(pk=announcement.pk, acknowledged_at__isnull=True)
    if waiting.update(acknowledged_at=at):
        log.record("event.acknowledged", by=by, about=str(announcement.uid))


WORD = "WD"


def _send_challenge(endpoint: Endpoint, at: dt.datetime) -> None:
    word = new_code(WORD)
    endpoint.word = systemkeys.sealed(word, endpoint=endpoint.code, part="word")
    endpoint.word_until = at + calls.CHALLENGE
    endpoint.failures, endpoint.rests_until, endpoint.failing_since = 0, None, None
    endpoint.save()
    Call.objects.create(endpoint=endpoint, created_at=at, next_at=at)
    outbox.call_soon()


def _turned(code: str, verb: Verb, state: State, *, by: Member) -> Endpoint:
    endpoint = _held(code, verb, by)
    endpoint.state, endpoint.because = state, ""
    endpoint.failures, endpoint.rests_until, endpoint.failing_since = 0, None, None
    endpoint.save()
    log.record(f"endpoint.{'paused' if verb == Verb.PAUSE else 'resumed'}", by=by, about=code)
    return endpoint


def _tell_whose_it_is(endpoint: Endpoint, *, by: Member, at: dt.datetime) -> None:
    """Where somebody of another agency stopped it, its own administrators learn of it."""
    if by.agency_id != endpoint.agency_id:
        to = To(Role.AGENCY_ADMIN, endpoint.agency)
        outbox.publish(Kind.ENDPOINT_DISABLED, subject=endpoint.code, to=to, at=at)


def _replayed(endpoint: Endpoint, count: int, *, by: Member) -> None:
    log.record("endpoint.replayed", by=by, about=endpoint.code, facts={"n": count})
    outbox.call_soon()


def _anew(at: dt.datetime) -> dict[str, object]:
    return {"state": Call.State.PENDING, "attempts": 0, "next_at": at, "done_at": None}


def _check_topics(topics: list[str]) -> None:
    if not topics:
        raise Invalid("required", pointer="/topics")
    if not set(topics) <= set(Topic.values):
        raise Invalid("unknown_code", pointer="/topics")


def _held(code: str, verb: Verb, by: Member) -> Endpoint:
    """The row, locked, once it is certain that this may be done to it. Raises Denied and Refused."""
    held = Endpoint.objects.select_related("agency").select_for_update(of=("self",))
    endpoint = held.get(code=code)
    policy.may(by, verb, endpoint).require()
    if endpoint.state not in WHEN[verb]:
        raise Refused(f"cannot_{verb}_endpoint", state=endpoint.state)
    return endpoint
