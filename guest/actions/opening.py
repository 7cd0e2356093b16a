"""The guest's side of a link: opening it, showing the passcode, staying awake, going to sleep."""

import datetime as dt
import hmac
from enum import StrEnum

from django.db import transaction

from agencies.models import Member
from audit import log
from guest import policy, proofs
from guest.models import Link
from guest.telling import tell_and_ask
from notify.notices import Kind
from referral.actions.moving import locked

# How often a page that is looked at writes down that it was.
SEEN_EVERY = dt.timedelta(seconds=60)


class Shown(StrEnum):
    """What came of a passcode."""

    OPEN = "open"
    WRONG = "wrong"
    LOCKED = "locked"
    ELSEWHERE = "elsewhere"


@transaction.atomic
def note_opened(*, link: Link, by: Member, at: dt.datetime) -> None:
    """Somebody's program has asked for the page: a person, or one that looks mails over. Nothing
    comes of it but that the sender may know."""
    if Link.objects.filter(pk=link.pk, opened_at__isnull=True).update(opened_at=at):
        log.record("link.opened", by=by, about=link.referral.code)


@transaction.atomic
def show_passcode(
    *, link: Link, passcode: str, device: str, by: Member, at: dt.datetime
) -> Shown:
    """Check a passcode. The first that is right binds the link to this browser, whose secret has
    the digest `device`; from another one even the right passcode opens nothing.

    Refuses by what it returns, never by raising: a wrong try must stay counted.
    """
    # The referral first, as every act holds it; tries at the same moment wait for each other here.
    referral = locked(link.referral.code)
    held = Link.objects.select_for_update(no_key=True).get(pk=link.pk)
    held.referral = referral
    if not policy.is_live(held, at=at):
        return Shown.LOCKED if held.locked_at is not None else Shown.WRONG
    if not proofs.is_passcode(held.code, passcode, held.passcode):
        return _wrong(held, by=by, at=at)
    if held.bound_at is not None and not hmac.compare_digest(held.device, device):
        log.record("link.elsewhere", by=by, about=referral.code)
        return Shown.ELSEWHERE
    first = held.bound_at is None
    held.device, held.bound_at = device, held.bound_at or at
    held.secret, held.tries = None, 0
    held.used_at, held.awake_until = at, at + policy.AWAKE
    held.save(update_fields=["device", "bound_at", "secret", "tries", "used_at", "awake_until"])
    if first:
        log.record("link.bound", by=by, about=referral.code)
    else:
        log.record("link.woken", by=by, about=referral.code)
    return Shown.OPEN


@transaction.atomic
def stay_awake(*, link: Link, by: Member, at: dt.datetime) -> bool:
    """A page is looked at: the passcode is not asked for until a while from now. Whether that was
    written down, which is not done at each page.

    It holds the link. Whoever holds the referral too takes that first, as every act does.
    """
    until = at + policy.AWAKE
    if link.awake_until is not None and until - link.awake_until < SEEN_EVERY:
        return False
    mine = Link.objects.filter(pk=link.pk, stand_in=by)
    return bool(mine.update(used_at=at, awake_until=until))


@transaction.atomic
def fall_asleep(*, device: str, by: log.Actor) -> None:
    """Somebody has left: the passcode is asked for again, in whatever link of this browser."""
    count = Link.objects.filter(device=device).update(awake_until=None)
    if count:
        log.record("link.left", by=by, facts={"count": count})


def _wrong(link: Link, *, by: Member, at: dt.datetime) -> Shown:
    if not link.passcode:
        # None was given yet: there is nothing to guess.
        return Shown.WRONG
    link.tries += 1
    if link.tries >= policy.TRIES:
        link.locked_at, link.awake_until = at, None
    link.save(update_fields=["tries", "locked_at", "awake_until"])
    log.record("link.wrong", by=by, about=link.referral.code, facts={"tries": link.tries})
    if link.locked_at is None:
        return Shown.WRONG
    log.record("link.locked", by=by, about=link.referral.code)
    tell_and_ask(Kind.LINK_LOCKED, link.referral, at=at)
    return Shown.LOCKED
