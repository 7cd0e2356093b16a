"""Showing who one is: the password, then a second factor; what fails is counted and locks."""

import datetime as dt

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F

from agencies.models import Member
from audit import log
from custody.ring import purpose_key
from edge import sessions, stepup
from kernel import sealing
from signin import recovery, totp
from signin.models import NetworkFailures

# Five tries, then half an hour: no account is guessed at more than ten times an hour.
TRIES = 5
LOCKED = dt.timedelta(minutes=30)
# An office behind one address mistypes more than one member does.
NETWORK_TRIES = 30
NETWORK_WINDOW = dt.timedelta(minutes=15)


@transaction.atomic
def check_password(
    *, username: str, password: str, network: str, by: log.Actor, at: dt.datetime
) -> Member | None:
    """Who this is, or None: unknown, wrong, locked or gone, which nobody can tell apart.

    The member is held, so that tries at the same moment are counted one after the other.
    """
    member = Member.objects.select_for_update(no_key=True).filter(username=username).first()
    locked = _is_locked(member, at=at) or _is_network_locked(network, at=at)
    # The password is checked in every case, so that the time tells nothing.
    found = authenticate(username=username, password=password)
    if not isinstance(found, Member) or locked or not found.agency.is_active:
        _note_failure(member, network, "password", locked=locked, by=by, at=at)
        return None
    return found


@transaction.atomic
def check_code(
    *,
    member: Member,
    code: str,
    network: str,
    by: log.Actor,
    at: dt.datetime,
    app_only: bool = False,
) -> str:
    """By which way the code proves the member: the app's code, a recovery code; empty if by none.

    Wrong codes count as wrong passwords do, so that nobody tries all of them.
    """
    held = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    locked = _is_locked(held, at=at) or _is_network_locked(network, at=at)
    way = "" if locked or (app_only and not totp.is_code(code)) else _way_of(held, code)
    if not way:
        _note_failure(held, network, "code", locked=locked, by=by, at=at)
    return way


@transaction.atomic
def note_entry(*, member: Member, way: str, by: log.Actor) -> None:
    """They are in: failures are forgotten, and beyond three sessions the oldest ends."""
    Member.objects.filter(pk=member.pk).update(failed_logins=0, locked_until=None)
    ended = sessions.end_oldest(member.pk)
    log.record("login", by=by, about=member.username, facts={"way": way, "ended": ended})


@transaction.atomic
def note_refused_passkey(*, member: Member | None, by: log.Actor) -> None:
    """A key that was not right. It locks nothing: there is nothing to guess."""
    about = member.username if member is not None else ""
    log.record("login.failed", by=by, about=about, facts={"step": "passkey"})


@transaction.atomic
def note_asked_again(*, way: str, by: Member) -> None:
    """Shown once more, before something grave."""
    Member.objects.filter(pk=by.pk).update(failed_logins=0, locked_until=None)
    log.record("step_up", by=by, about=by.username, facts={"way": way})


def _way_of(member: Member, code: str) -> str:
    if totp.is_code(code):
        return stepup.CODE if totp.take(member, code) else ""
    return stepup.RECOVERY if recovery.take(member, code) else ""


def _is_locked(member: Member | None, *, at: dt.datetime) -> bool:
    until = member.locked_until if member is not None else None
    return until is not None and until > at


def _is_network_locked(network: str, *, at: dt.datetime) -> bool:
    key = _token_of(network)
    return NetworkFailures.objects.filter(network=key, locked_until__gt=at).exists()


def _note_failure(
    member: Member | None,
    network: str,
    step: str,
    *,
    locked: bool,
    by: log.Actor,
    at: dt.datetime,
) -> None:
    """Count it, unless the path is locked already: who is shut out does not stay so for ever."""
    if not locked:
        _count_network(network, at=at)
        if member is not None:
            _count_member(member, at=at)
    about = member.username if member is not None else ""
    facts: dict[str, log.Fact] = {"step": step, "locked": locked}
    log.record("login.failed", by=by, about=about, facts=facts)


def _count_member(member: Member, *, at: dt.datetime) -> None:
    rows = Member.objects.filter(pk=member.pk)
    rows.update(failed_logins=F("failed_logins") + 1)
    rows.filter(failed_logins__gte=TRIES).update(failed_logins=0, locked_until=at + LOCKED)


def _count_network(network: str, *, at: dt.datetime) -> None:
    key = _token_of(network)
    fresh = NetworkFailures(network=key, count=0, since=at)
    NetworkFailures.objects.bulk_create([fresh], ignore_conflicts=True)
    rows = NetworkFailures.objects.filter(pk=key)
    rows.filter(since__lt=at - NETWORK_WINDOW).update(count=0, since=at, locked_until=None)
    rows.update(count=F("count") + 1)
    over = rows.filter(count__gte=NETWORK_TRIES)
    over.update(count=0, since=at, locked_until=at + NETWORK_WINDOW)


def _token_of(network: str) -> str:
    key = purpose_key("network of a sign-in")
    return sealing.index_token(key, "network", network).hex()
