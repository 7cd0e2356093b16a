"""The receiver's answer: receive, ask, accept, decline; and the clock that answers for it."""

import datetime as dt

from django.db import transaction

from agencies.calendar import calendar_of
from agencies.clocks import Urgency, clocks_for
from agencies.models import Member
from agencies.queries import held
from agencies.roles import CASEWORK
from audit import log
from cases.actions.lifecycle import require_near
from cases.deadlines import copy_due
from kernel.errors import Invalid, Refused
from notify import actions as notices
from notify import ladder
from notify.models import Clock
from notify.notices import Kind
from referral.actions.moving import (
    act,
    close,
    locked,
    move,
    open_groups,
    reopen,
    run_on,
    save,
    seal,
    stop_clocks,
    task_for_sender,
    tell_receiver,
    tell_sender,
)
from referral.models import Referral
from referral.policy import Act
from referral.workflow import Verb

# A contact that is planned later than this is no acceptance.
FURTHEST_CONTACT = dt.timedelta(days=90)


@transaction.atomic
def receive(*, code: str, by: Member, at: dt.datetime) -> Referral:
    """The receiving agency has opened it; the sender is told that it was seen."""
    referral = locked(code)
    move(referral, Verb.RECEIVE, by=by, at=at, received_at=at)
    tell_sender(Kind.REFERRAL_SEEN, referral, at=at)
    return referral


@transaction.atomic
def assign(*, code: str, to: Member, by: Member, at: dt.datetime) -> Referral:
    """Give it to a worker of the receiving agency, who sees what the agency sees of it."""
    referral = locked(code, hold_consents=True)
    _require_colleague(referral, to, "/to")
    act(referral, Act.ASSIGN, by=by, at=at)
    save(referral, assignee=to)
    ladder.name(subject=referral.code, to=to)
    reopen(referral, at=at)
    tell_receiver(Kind.REFERRAL_ASSIGNED, referral, at=at)
    return referral


@transaction.atomic
def request_info(*, code: str, question: str, by: Member, at: dt.datetime) -> Referral:
    """Ask the sender. The clock is held, once and for a day at most; never for an emergency."""
    referral = locked(code)
    if referral.question is not None:
        raise Refused("information_was_asked_for_before", state=referral.state)
    move(
        referral,
        Verb.REQUEST_INFO,
        by=by,
        at=at,
        question=seal(referral, "question", question),
        received_at=referral.received_at or at,
    )
    if referral.urgency != Urgency.EMERGENCY:
        ladder.pause(subject=referral.code, at=at)
    tell_sender(Kind.INFO_REQUESTED, referral, at=at)
    task_for_sender("answer_question", referral, at=at, due_at=at + ladder.LONGEST_PAUSE)
    return referral


@transaction.atomic
def answer_info(*, code: str, answer: str, by: Member, at: dt.datetime) -> Referral:
    """Answer the receiver's question; the clock runs on."""
    referral = locked(code)
    move(referral, Verb.ANSWER_INFO, by=by, at=at, answer=seal(referral, "answer", answer))
    run_on(referral, at=at)
    finish_task("answer_question", referral, by=by, at=at)
    tell_receiver(Kind.INFO_GIVEN, referral, at=at)
    return referral


@transaction.atomic
def accept(
    *, code: str, contact: Member, first_contact_at: dt.datetime, by: Member, at: dt.datetime
) -> Referral:
    """Take the person in: a named contact and a planned first contact. The consented groups
    open, the reply clock ends and the contact clock starts."""
    referral = locked(code, hold_consents=True)
    move(
        referral,
        Verb.ACCEPT,
        by=by,
        at=at,
        accepted_at=at,
        accepted_by=by,
        received_at=referral.received_at or at,
        contact=contact,
        first_contact_planned_at=first_contact_at,
    )
    _require_colleague(referral, contact, "/contact")
    if first_contact_at < at:
        raise Invalid("first_contact_in_the_past", pointer="/first_contact_at")
    if first_contact_at > at + FURTHEST_CONTACT:
        raise Invalid("first_contact_too_late", pointer="/first_contact_at")
    open_groups(referral, at=at)
    stop_clocks(referral, at=at)
    urgency = Urgency(referral.urgency)
    clocks = clocks_for(referral.receiver, service_type=referral.service.type, urgency=urgency)
    clock = ladder.start(
        subject=referral.code,
        purpose=Clock.Purpose.CONTACT,
        span=clocks.contact,
        calendar=calendar_of(referral.receiver),
        sender=referral.sender,
        receiver=referral.receiver,
        assignee=contact,
        emergency=urgency == Urgency.EMERGENCY,
        case=referral.case.code,
        at=at,
    )
    save(referral, contact_due_at=clock.due_at)
    copy_due(referral.case)
    tell_sender(Kind.REFERRAL_ACCEPTED, referral, at=at)
    if contact.pk != by.pk:
        tell_receiver(Kind.REFERRAL_ASSIGNED, referral, at=at)
    return referral


@transaction.atomic
def decline(*, code: str, reason: str, by: Member, at: dt.datetime) -> Referral:
    """Say no, with a coded reason. The receiver keeps nothing; the sender must ask elsewhere."""
    referral = locked(code)
    move(
        referral,
        Verb.DECLINE,
        by=by,
        at=at,
        decline_reason=reason,
        ended_at=at,
        received_at=referral.received_at or at,
    )
    close(referral, at=at)
    task_for_sender("reroute", referral, at=at)
    tell_sender(Kind.REFERRAL_DECLINED, referral, at=at)
    return referral


@transaction.atomic
def expire(*, code: str, by: log.Machine, at: dt.datetime) -> Referral:
    """Nobody answered and the whole ladder was climbed: it ends, and the sender must know."""
    referral = locked(code)
    move(referral, Verb.EXPIRE, by=by, at=at, ended_at=at)
    close(referral, at=at)
    task_for_sender("reroute", referral, at=at)
    tell_sender(Kind.REFERRAL_EXPIRED, referral, at=at)
    tell_receiver(Kind.REFERRAL_EXPIRED, referral, at=at)
    return referral


def finish_task(kind: str, referral: Referral, *, by: Member, at: dt.datetime) -> None:
    notices.close_tasks(subject=referral.code, kind=kind, by=by, at=at)


def _require_colleague(referral: Referral, member: Member, pointer: str) -> None:
    member = held(member)
    same = member.agency_id == referral.receiver_id and member.is_active
    if not same or member.role not in CASEWORK:
        raise Invalid("not_a_caseworker_of_the_receiver", pointer=pointer)
    require_near(referral.case, member, "referral.assign")
