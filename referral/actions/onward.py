"""A receiver proposes that somebody else help, too; the sender and the person's consent decide."""

import datetime as dt

from django.db import transaction

from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import most_for
from cases import deadlines, timeline, vault
from cases.actions.lifecycle import locked as locked_case
from kernel.clock import Runs, Span
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup, in_order
from notify.actions import close_tasks
from notify.models import Clock
from notify.notices import Kind
from referral import policy
from referral.actions import sending
from referral.actions.moving import act, locked, task_for_sender, tell_receiver, tell_sender
from referral.models import Onward, Referral
from referral.policy import Act
from referral.workflow import TAKEN, OnwardState, Party, State

# Help runs, or has just ended: afterwards the receiver has nothing to do with it any more.
PROPOSED_FROM = TAKEN | {State.COMPLETED}
# How soon the sender answers, before its supervisor is reminded.
ANSWER = Span(72, Runs.WORKING_DAYS)
ANSWERED_FROM = PROPOSED_FROM | {State.CONFIRMED}


@transaction.atomic
def propose(
    *,
    code: str,
    service: Service,
    groups: list[DataGroup],
    urgency: Urgency,
    reason: str,
    by: Member,
    at: dt.datetime,
) -> Onward:
    """Propose a service to the sender. Nobody else learns of it, and nothing is shared by it."""
    referral = locked(code)
    act(referral, Act.PROPOSE_ONWARD, by=by, at=at)
    if service.agency_id in {referral.receiver_id, referral.sender_id}:
        raise Invalid("service_of_own_agency", pointer="/service")
    if not set(groups) <= most_for(service.agency.type):
        raise Invalid("group_not_for_this_kind_of_agency", pointer="/groups")
    waiting = Onward.objects.filter(
        referral=referral, service=service, state=OnwardState.PROPOSED
    )
    if waiting.exists():
        raise Refused("onward_is_proposed", state=referral.state)
    onward = Onward(
        referral=referral,
        service=service,
        urgency=urgency,
        groups=in_order({*groups, DataGroup.TRIAGE}),
        proposed_at=at,
        proposed_by=by,
    )
    onward.reason = vault.seal_text(referral.case.person, reason, place=onward.code)
    onward.save(force_insert=True)
    deadlines.start(referral.case, Clock.Purpose.ONWARD, ANSWER, subject=onward.code, at=at)
    task_for_sender("answer_onward", referral, at=at)
    tell_sender(Kind.ONWARD_PROPOSED, referral, at=at)
    return onward


@transaction.atomic
def approve(*, code: str, by: Member, at: dt.datetime) -> Onward:
    """Refer the person there, as the sender's own referral: with a consent of the person to that
    agency for every group, or not at all."""
    onward = _held(code, by=by)
    draft = sending.draft(
        case_code=onward.referral.case.code,
        service=onward.service,
        groups=[DataGroup(group) for group in onward.groups],
        urgency=Urgency(onward.urgency),
        purpose=onward.referral.purpose,
        note="",
        by=by,
        at=at,
    )
    onward.sent_as = sending.send(code=draft.code, by=by, at=at)
    _answer(onward, OnwardState.APPROVED, by=by, at=at)
    return onward


@transaction.atomic
def decline(*, code: str, by: Member, at: dt.datetime) -> Onward:
    """The sender or the person does not want it."""
    onward = _held(code, by=by)
    _answer(onward, OnwardState.DECLINED, by=by, at=at)
    return onward


def _held(code: str, *, by: Member) -> Onward:
    referral_code = Onward.objects.values_list("referral__code", flat=True).get(code=code)
    locked_case(Referral.objects.values_list("case__code", flat=True).get(code=referral_code))
    referral = locked(referral_code, hold_consents=True)
    rows = Onward.objects.select_for_update(of=("self",), no_key=True)
    onward = rows.select_related("service__agency").get(code=code)
    onward.referral = referral
    if policy.party_of(by, referral) is not Party.SENDER:
        raise Denied("only_the_sender_may_answer")
    if onward.state != OnwardState.PROPOSED:
        raise Refused("onward_is_answered", state=onward.state)
    if referral.state not in ANSWERED_FROM:
        raise Refused("referral_has_ended", state=referral.state)
    return onward


def _answer(onward: Onward, state: OnwardState, *, by: Member, at: dt.datetime) -> None:
    onward.state, onward.answered_at, onward.answered_by = state, at, by
    onward.save(update_fields=["state", "answered_at", "answered_by", "sent_as"])
    referral = onward.referral
    timeline.record(referral.case, f"onward.{state}", by=by, at=at, about=onward.code)
    deadlines.stop(referral.case, Clock.Purpose.ONWARD, subject=onward.code, at=at)
    if not referral.onwards.filter(state=OnwardState.PROPOSED).exists():
        close_tasks(subject=referral.code, kind="answer_onward", by=by, at=at)
    tell_receiver(Kind.ONWARD_ANSWERED, referral, at=at)
