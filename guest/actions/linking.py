"""The sender's side: a link for each referral to an agency without an account, its passcode, its end."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from agencies.roles import Role
from cases import timeline
from guest import policy, proofs, queries
from guest.models import Link
from guest.telling import TASK
from kernel.errors import Refused
from notify import actions as notices
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from referral.actions.moving import locked
from referral.models import Referral


@transaction.atomic
def make_for(*, referral: Referral, by: Member, at: dt.datetime) -> None:
    """In the transaction that sends a referral: whoever has no account gets a link to it, which goes
    out with the mail that tells them."""
    if referral.receiver.is_guest:
        _make(referral, by=by, at=at)


@transaction.atomic
def give_passcode(
    *, code: str, by: Member, at: dt.datetime, instead_of: str = ""
) -> tuple[Link, str]:
    """A passcode for the referral's link, and its only showing in clear. It takes the place of one
    that was given before, and the tries of that count on; where the link is bound, locked or ended
    there is a new link, which is mailed, and the old one ends. Also for who has not read a recall yet.

    A link that they use ends only where `instead_of` is its code: on a page that is a while old, or is
    sent again, it was not asked for. Else raises Refused."""
    referral = locked(code)
    policy.may_link(by, referral).require()
    if not referral.receiver.is_guest:
        raise Refused("receiver_has_its_own_access", state=referral.state)
    if not policy.is_waited_for(referral):
        raise Refused(f"cannot_link_when_{referral.state}", state=referral.state)
    if not policy.both_take_part(referral):
        raise Refused("no_link_between_these", state=referral.state)
    link = _held(referral)
    if link is not None and policy.is_in_use(link, at=at) and link.code != instead_of:
        raise Refused("link_is_in_use", state=policy.State.BOUND.value)
    if link is None or not policy.is_live(link, at=at) or link.bound_at is not None:
        if link is not None:
            _end(link, by=by, at=at)
        link = _make(referral, by=by, at=at)
        notices.close_tasks(subject=code, kind=TASK, by=by, at=at)
        _mail(referral, at=at)
    passcode = proofs.new_passcode()
    link.passcode = proofs.hash_of(link.code, passcode)
    link.save(update_fields=["passcode"])
    timeline.record(referral.case, "link.passcode", by=by, at=at, about=link.code)
    return link, passcode


@transaction.atomic
def revoke(*, code: str, by: Member, at: dt.datetime) -> Referral:
    """End the referral's link: from the next request on it shows nothing."""
    referral = locked(code)
    policy.may_link(by, referral).require()
    link = _held(referral)
    if link is None:
        raise Refused("no_link_to_end", state="ended")
    _end(link, by=by, at=at)
    return referral


def _held(referral: Referral) -> Link | None:
    """The link that has not ended, with the referral as it is held."""
    rows = Link.objects.select_for_update(no_key=True)
    link = rows.filter(referral=referral, ended_at__isnull=True).first()
    if link is not None:
        link.referral = referral
    return link


def _make(referral: Referral, *, by: Member, at: dt.datetime) -> Link:
    secret, stand_in = proofs.new_secret(), queries.stand_in_of(referral.receiver_id)
    if stand_in is None:
        raise Refused("receiver_has_its_own_access", state=referral.state)
    link = Link(referral=referral, stand_in=stand_in, made_at=at, used_at=at)
    link.digest = proofs.digest_of("link", secret)
    link.secret = proofs.seal(link.code, secret)
    link.save(force_insert=True)
    timeline.record(referral.case, "link.made", by=by, at=at, about=link.code)
    return link


def _end(link: Link, *, by: Member, at: dt.datetime) -> None:
    link.ended_at, link.ended_by, link.secret = at, by, None
    link.save(update_fields=["ended_at", "ended_by", "secret"])
    timeline.record(link.referral.case, "link.ended", by=by, at=at, about=link.code)


def _mail(referral: Referral, *, at: dt.datetime) -> None:
    """The mail that carries the new link, through the same outbox as the first."""
    outbox.publish(
        Kind.REFERRAL_SENT if policy.is_running(referral) else Kind.RECALL,
        subject=referral.code,
        to=To(Role.FOCAL_POINT, referral.receiver, queries.stand_in_of(referral.receiver_id)),
        at=at,
        emergency=referral.urgency == "emergency",
    )
