"""From the acceptance to the confirmed outcome: handover, attempts, contact, completion."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from kernel.errors import Invalid, Refused
from notify import actions as notices
from notify.notices import Kind
from referral import policy
from referral.actions.moving import (
    act,
    close,
    locked,
    move,
    moved,
    save,
    seal,
    stop_clocks,
    task_for_sender,
    tell_receiver,
    tell_sender,
)
from referral.models import Attempt, Handover, Message, Referral
from referral.policy import Act
from referral.workflow import LEAST_ATTEMPTS, Party, Verb


@transaction.atomic
def plan_handover(
    *, code: str, meets_at: dt.datetime, place: str, who_meets: str, by: Member, at: dt.datetime
) -> Referral:
    """Propose where, when and who meets. The proposer's side confirms by proposing; a changed
    plan must be confirmed anew by the other."""
    referral = locked(code)
    side = act(referral, Act.PLAN_HANDOVER, by=by, at=at)
    if meets_at < at:
        raise Invalid("meeting_in_the_past", pointer="/meets_at")
    Handover.objects.update_or_create(
        referral=referral,
        defaults={
            "meets_at": meets_at,
            "place": seal(referral, "place", place),
            "who_meets": seal(referral, "who_meets", who_meets),
            "receiver_confirmed_at": None,
            "receiver_confirmed_by": None,
            "sender_confirmed_at": None,
            "sender_confirmed_by": None,
        },
    )
    _confirm(referral, side, by=by, at=at)
    save(referral)
    _tell_other_side(Kind.HANDOVER_PLANNED, referral, side, at=at)
    return referral


@transaction.atomic
def confirm_handover(*, code: str, by: Member, at: dt.datetime) -> Referral:
    """Confirm the plan as it stands, for one's own side."""
    referral = locked(code)
    side = act(referral, Act.CONFIRM_HANDOVER, by=by, at=at)
    if not Handover.objects.filter(referral=referral).exists():
        raise Refused("no_handover_planned", state=referral.state)
    _confirm(referral, side, by=by, at=at)
    save(referral)
    _tell_other_side(Kind.HANDOVER_CONFIRMED, referral, side, at=at)
    return referral


@transaction.atomic
def log_attempt(
    *, code: str, tried_at: dt.datetime, channel: str, result: str, by: Member, at: dt.datetime
) -> Referral:
    """Write down one try to reach the person."""
    referral = locked(code)
    act(referral, Act.LOG_ATTEMPT, by=by, at=at)
    if tried_at > at:
        raise Invalid("attempt_in_the_future", pointer="/tried_at")
    Attempt.objects.create(
        referral=referral, tried_at=tried_at, channel=channel, result=result, by=by
    )
    save(referral)
    return referral


@transaction.atomic
def first_contact(*, code: str, met_at: dt.datetime, by: Member, at: dt.datetime) -> Referral:
    """The person was met, as both sides had confirmed. The contact clock ends."""
    referral = locked(code)
    policy.may(by, Verb.FIRST_CONTACT, referral).require()
    if met_at > at:
        raise Invalid("contact_in_the_future", pointer="/met_at")
    handover = Handover.objects.filter(referral=referral).first()
    moved(referral, Verb.FIRST_CONTACT, by=by, at=at, first_contact_at=met_at)
    if handover is None or not handover.confirmed:
        raise Refused("handover_not_confirmed_by_both", state="accepted")
    stop_clocks(referral, at=at)
    tell_sender(Kind.CONTACT_MADE, referral, at=at)
    return referral


@transaction.atomic
def complete(
    *, code: str, outcome: str, feedback: str, by: Member, at: dt.datetime
) -> Referral:
    """The help has ended, with an outcome and words for the sender. The receiver's access ends;
    the loop is closed only when the sender has asked the person."""
    referral = locked(code)
    move(
        referral,
        Verb.COMPLETE,
        by=by,
        at=at,
        outcome=outcome,
        feedback=seal(referral, "feedback", feedback),
        ended_at=at,
    )
    close(referral, at=at)
    task_for_sender("confirm_with_person", referral, at=at, due_at=at + dt.timedelta(days=7))
    tell_sender(Kind.REFERRAL_COMPLETED, referral, at=at)
    return referral


@transaction.atomic
def not_reached(*, code: str, by: Member, at: dt.datetime) -> Referral:
    """Give up reaching the person, after three logged attempts at least."""
    referral = locked(code)
    tries = Attempt.objects.filter(referral=referral).count()
    move(referral, Verb.NOT_REACHED, by=by, at=at, ended_at=at)
    if tries < LEAST_ATTEMPTS:
        raise Refused("too_few_attempts", state="accepted")
    close(referral, at=at)
    task_for_sender("reroute", referral, at=at)
    tell_sender(Kind.NOT_REACHED, referral, at=at)
    return referral


@transaction.atomic
def confirm(*, code: str, service_received: str, by: Member, at: dt.datetime) -> Referral:
    """The sender has asked the person whether the service was received. The loop is closed."""
    referral = locked(code)
    move(referral, Verb.CONFIRM, by=by, at=at, service_received=service_received)
    notices.close_tasks(subject=referral.code, kind="confirm_with_person", by=by, at=at)
    tell_receiver(Kind.REFERRAL_CONFIRMED, referral, at=at)
    return referral


@transaction.atomic
def message(*, code: str, text: str, by: Member, at: dt.datetime) -> Referral:
    """Write to the other agency of this referral, and to nobody else."""
    referral = locked(code)
    side = act(referral, Act.MESSAGE, by=by, at=at)
    new = Message(referral=referral, author=by, agency=by.agency, written_at=at)
    new.text = seal(referral, new.code, text)
    new.save(force_insert=True)
    _tell_other_side(Kind.MESSAGE, referral, side, at=at)
    return referral


def _confirm(referral: Referral, side: Party, *, by: Member, at: dt.datetime) -> None:
    Handover.objects.filter(referral=referral).update(
        **{f"{side}_confirmed_at": at, f"{side}_confirmed_by": by}
    )


def _tell_other_side(kind: Kind, referral: Referral, side: Party, *, at: dt.datetime) -> None:
    tell = tell_receiver if side is Party.SENDER else tell_sender
    tell(kind, referral, at=at)
