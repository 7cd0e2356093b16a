"""Every second factor is lost: two people and a day, then the member sets up new ones."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction

from agencies.models import Member
from agencies.queries import held
from agencies.roles import Role
from audit import log
from edge import sessions
from kernel.errors import Denied, Refused
from notify import outbox
from notify.audience import To
from notify.notices import Kind
from signin import policy, queries
from signin.models import FactorReset

DELAY = dt.timedelta(hours=24)
Outcome = FactorReset.Outcome


@transaction.atomic
def ask(*, member: Member, by: Member, at: dt.datetime) -> FactorReset:
    """Begin. The member is told, so that nobody loses their factors unawares."""
    policy.may_ask_reset(by, member).require()
    if not held(member).is_active:
        raise Refused("member_has_left", state="left")
    if queries.open_reset(member) is not None:
        raise Refused("reset_is_asked_for", state="open")
    reset = FactorReset.objects.create(member=member, asked_by=by, asked_at=at)
    log.record("reset.asked", by=by, about=reset.code, facts={"for": member.username})
    _tell(reset, at=at)
    outbox.publish(
        Kind.SIGN_IN_CHANGED, subject=reset.code, to=To(Role.SUPERVISOR, member.agency), at=at
    )
    return reset


@transaction.atomic
def approve(*, reset: FactorReset, by: Member, at: dt.datetime) -> FactorReset:
    """The second person. From now on the member has a day to say that this is not so."""
    found = _held(reset.code)
    policy.may_approve_reset(by, found).require()
    if found.approved_at is not None:
        raise Refused("reset_is_approved", state="approved")
    found.approved_by, found.approved_at, found.due_at = by, at, at + DELAY
    found.save(update_fields=["approved_by", "approved_at", "due_at"])
    log.record("reset.approved", by=by, about=found.code)
    _tell(found, at=at)
    return found


@transaction.atomic
def stop(*, reset: FactorReset, by: Member, at: dt.datetime) -> FactorReset:
    """Not so, after all: the member says it, or one of those who may take part."""
    found = _held(reset.code)
    own = by.pk == found.member_id
    if not own and not policy.watched_by(by).filter(pk=found.member_id).exists():
        raise Denied("role_may_not_reset_factors")
    _end(found, Outcome.STOPPED, at=at)
    log.record("reset.stopped", by=by, about=found.code)
    _tell(found, at=at)
    return found


@transaction.atomic
def carry_out(*, code: str, by: log.Actor, at: dt.datetime) -> FactorReset:
    """The day is over: the factors go, and every session with them."""
    found = _held(code)
    if found.due_at is None or found.due_at > at:
        raise Refused("reset_is_not_due", state="waiting")
    Authenticator.objects.filter(user=found.member).delete()
    ended = sessions.end(found.member_id)
    _end(found, Outcome.DONE, at=at)
    log.record("reset.done", by=by, about=found.code, facts={"ended": ended})
    _tell(found, at=at)
    return found


def _held(code: str) -> FactorReset:
    rows = FactorReset.objects.select_for_update(of=("self",)).select_related("member__agency")
    found = rows.get(code=code)
    if found.ended_at is not None:
        raise Refused("reset_has_ended", state=found.outcome)
    return found


def _end(reset: FactorReset, outcome: Outcome, *, at: dt.datetime) -> None:
    reset.outcome, reset.ended_at = outcome, at
    reset.save(update_fields=["outcome", "ended_at"])


def _tell(reset: FactorReset, *, at: dt.datetime) -> None:
    member = reset.member
    told = To(Role(member.role), member.agency, member)
    outbox.publish(Kind.SIGN_IN_CHANGED, subject=reset.code, to=told, at=at)
