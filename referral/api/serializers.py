"""What the API reads and shows about referrals."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from agencies.clocks import Urgency
from cases.workflow import Purpose
from documents.kinds import MOST_IN_A_CASE
from kernel.groups import SEALED
from referral.models import Attempt, CaseRequest, Handover, Onward, Referral, Transfer
from referral.workflow import (
    AttemptChannel,
    AttemptResult,
    DeclineReason,
    Outcome,
    Received,
    RequestReason,
    WithdrawReason,
)

TEXT = 2000
# How far ahead a work list looks.
DUE = {"overdue": dt.timedelta(0), "day": dt.timedelta(days=1), "week": dt.timedelta(days=7)}


class DocumentsIn(serializers.Serializer[Any]):
    documents = serializers.ListField(
        child=serializers.CharField(max_length=16), max_length=MOST_IN_A_CASE
    )


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


class ApartIn(serializers.Serializer[Any]):
    """Whom to keep apart: one of the three."""

    agency = serializers.CharField(max_length=16, required=False)
    member = serializers.CharField(max_length=150, required=False)
    district = serializers.CharField(max_length=16, required=False)
    reason = serializers.CharField(max_length=TEXT, required=False)


class ReferralIn(serializers.Serializer[Any]):
    case = serializers.CharField(max_length=16)
    service = serializers.CharField(max_length=16)
    urgency = serializers.ChoiceField(Urgency.choices)
    groups = serializers.ListField(
        child=serializers.ChoiceField([group.value for group in SEALED]),
        max_length=len(SEALED),
        allow_empty=True,
    )
    purpose = serializers.ChoiceField(Purpose.choices, default=Purpose.SERVICE.value)
    note = serializers.CharField(
        max_length=TEXT, required=False, allow_blank=True, default="",
        help_text="Written for the receiver; opens to it with its acceptance.",
    )  # fmt: skip
    instead_of = serializers.CharField(
        max_length=16, required=False, allow_blank=True, default="",
        help_text="The referral that failed and that this one replaces.",
    )  # fmt: skip


class AssignIn(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=150)


class QuestionIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=TEXT)


class AnswerIn(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=TEXT)


class AcceptIn(serializers.Serializer[Any]):
    contact = serializers.CharField(
        max_length=150, help_text="User name of the member who will meet the person."
    )
    first_contact_at = serializers.DateTimeField()


class DeclineIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(DeclineReason.choices)


class HandoverIn(serializers.Serializer[Any]):
    meets_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=300)
    who_meets = serializers.CharField(max_length=300)


class AttemptIn(serializers.Serializer[Any]):
    tried_at = serializers.DateTimeField()
    channel = serializers.ChoiceField(AttemptChannel.choices)
    result = serializers.ChoiceField(AttemptResult.choices)


class ContactIn(serializers.Serializer[Any]):
    met_at = serializers.DateTimeField()


class CompleteIn(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(Outcome.choices)
    feedback = serializers.CharField(max_length=TEXT)


class ConfirmIn(serializers.Serializer[Any]):
    service_received = serializers.ChoiceField(Received.choices)


class WithdrawIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(
        [choice for choice in WithdrawReason.choices if choice[0] != "consent_ended"]
    )


class MessageIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT)


class TransferIn(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=16, help_text="Code of the agency.")
    note = serializers.CharField(max_length=TEXT)


class OnwardIn(serializers.Serializer[Any]):
    service = serializers.CharField(max_length=16)
    urgency = serializers.ChoiceField(Urgency.choices)
    groups = serializers.ListField(
        child=serializers.ChoiceField([group.value for group in SEALED]),
        max_length=len(SEALED),
        allow_empty=True,
    )
    reason = serializers.CharField(max_length=TEXT, help_text="For the sender alone.")


class CaseRequestIn(serializers.Serializer[Any]):
    case = serializers.CharField(
        max_length=16, help_text="The code that the person has told you."
    )
    reason = serializers.ChoiceField(RequestReason.choices)


class GrantIn(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=TEXT)


class ServiceLine(TypedDict):
    code: str
    type: str
    name: str


class AttemptOut(TypedDict):
    tried_at: dt.datetime
    channel: str
    result: str


class HandoverOut(TypedDict):
    meets_at: dt.datetime
    place: str
    who_meets: str
    receiver_confirmed_at: dt.datetime | None
    sender_confirmed_at: dt.datetime | None


class BaseOut(TypedDict):
    """What both sides may know for ever: that it was, between whom, and how it ended."""

    code: str
    state: str
    sender: str
    sender_name: str
    receiver: str
    receiver_name: str
    sent_at: dt.datetime | None
    received_at: dt.datetime | None
    accepted_at: dt.datetime | None
    ended_at: dt.datetime | None
    decline_reason: str | None
    outcome: str | None
    withdraw_reason: str | None
    recalled_at: dt.datetime | None
    recall_acknowledged_at: dt.datetime | None
    service_received: str | None
    version: int


class RunningOut(TypedDict):
    """What both sides need while it runs."""

    urgency: str
    purpose: str
    service: ServiceLine
    reply_due_at: dt.datetime | None
    contact_due_at: dt.datetime | None
    assignee: str | None
    contact: str | None
    first_contact_planned_at: dt.datetime | None
    first_contact_at: dt.datetime | None


class Texts(TypedDict, total=False):
    """The sealed texts that this side may read now."""

    note: str
    question: str
    answer: str
    feedback: str


class Triage(TypedDict, total=False):
    """`gender` only where the service needs it."""

    case: str
    urgency: str
    age_band: str
    behaves_as_child: bool
    district: str
    languages: list[str]
    needs_interpreter: bool
    access_needs: list[str]
    service_type: str
    gender: str


class Verbs(TypedDict):
    """What the caller may do now; for the rest, the code of why not."""

    now: list[str]
    not_now: dict[str, str]


class ReferralShown(BaseOut, RunningOut, total=False):
    """The sender sees all of it; the receiver the triage while it is asked, the groups while it
    helps, and afterwards only how it ended."""

    triage: Triage | None
    texts: Texts
    attempts: list[AttemptOut]
    handover: HandoverOut
    case: str
    person: str
    groups: list[str]
    disclosure_sha256: str
    obstacles: list[str]
    verbs: Verbs


class ReferralLine(TypedDict):
    code: str
    state: str
    urgency: str | None
    case_code: str | None
    sender_code: str
    sender_name: str
    receiver_code: str
    receiver_name: str
    service_code: str | None
    service_type: str | None
    drafted_at: dt.datetime
    sent_at: dt.datetime | None
    reply_due_at: dt.datetime | None
    contact_due_at: dt.datetime | None
    ended_at: dt.datetime | None


class WillSee(TypedDict):
    triage: Triage
    groups: dict[str, Any]


class PreviewOut(TypedDict):
    """`closed` are groups that the receiver will see and that the duty to know closes to who sends."""

    will_see: WillSee
    closed: list[str]
    obstacles: list[str]


class DisclosureOut(TypedDict):
    """`sha256` is the hash of `canonical`, which says the same as `content` in one way only."""

    content: WillSee
    canonical: str
    sha256: str
    frozen_at: dt.datetime


class MessageOut(TypedDict):
    code: str
    by: str
    by_name: str
    agency: str
    agency_name: str
    written_at: dt.datetime
    text: str


class OverdueOut(TypedDict):
    """`case` only where the caller is on the owner's side, or co-ordinates the land."""

    subject: str
    case: str | None
    purpose: str
    emergency: bool
    due_at: dt.datetime
    sender: str
    receiver: str


class ClockOut(OverdueOut):
    overdue: bool
    ours: bool
    sender_name: str
    receiver_name: str
    assignee: str | None
    assignee_name: str | None


class OnwardOut(TypedDict):
    """`reason` for the sender, `sent_as` as well; the receiver learns what became of it."""

    code: str
    referral: str
    service: str
    service_name: str
    urgency: str
    groups: list[str]
    state: str
    proposed_at: dt.datetime
    answered_at: dt.datetime | None


class OnwardShown(OnwardOut, total=False):
    reason: str
    sent_as: str | None


class CaseRequestOut(TypedDict):
    """The same for any code, until a transfer is proposed or the time is over."""

    code: str
    case: str
    asker: str
    reason: str
    state: str
    asked_at: dt.datetime
    waits_until: dt.datetime
    transfer: str | None


class Checklist(TypedDict):
    checklist: dict[str, bool]


class TransferOut(TypedDict):
    code: str
    case: str
    sender: str
    receiver: str
    state: str
    proposed_at: dt.datetime
    answered_at: dt.datetime | None


def service_line(referral: Referral) -> ServiceLine:
    service = referral.service
    return {"code": service.code, "type": service.type, "name": service.name}


def base_out(referral: Referral) -> BaseOut:
    """What both sides may know for ever: that it was, between whom, and how it ended."""
    return {
        "code": referral.code,
        "state": referral.state,
        "sender": referral.sender.code,
        "sender_name": referral.sender.name,
        "receiver": referral.receiver.code,
        "receiver_name": referral.receiver.name,
        "sent_at": referral.sent_at,
        "received_at": referral.received_at,
        "accepted_at": referral.accepted_at,
        "ended_at": referral.ended_at,
        "decline_reason": referral.decline_reason or None,
        "outcome": referral.outcome or None,
        "withdraw_reason": referral.withdraw_reason or None,
        "recalled_at": referral.recalled_at,
        "recall_acknowledged_at": referral.recall_acknowledged_at,
        "service_received": referral.service_received or None,
        "version": referral.version,
    }


def running_out(referral: Referral) -> RunningOut:
    """What both sides need while it runs."""
    return {
        "urgency": referral.urgency,
        "purpose": referral.purpose,
        "service": service_line(referral),
        "reply_due_at": referral.reply_due_at,
        "contact_due_at": referral.contact_due_at,
        "assignee": referral.assignee.username if referral.assignee else None,
        "contact": referral.contact.username if referral.contact else None,
        "first_contact_planned_at": referral.first_contact_planned_at,
        "first_contact_at": referral.first_contact_at,
    }


def handover_out(handover: Handover, words: dict[str, str]) -> HandoverOut:
    return {
        "meets_at": handover.meets_at,
        "place": words["place"],
        "who_meets": words["who_meets"],
        "receiver_confirmed_at": handover.receiver_confirmed_at,
        "sender_confirmed_at": handover.sender_confirmed_at,
    }


def transfer_out(transfer: Transfer) -> TransferOut:
    return {
        "code": transfer.code,
        "case": transfer.case.code,
        "sender": transfer.sender.code,
        "receiver": transfer.receiver.code,
        "state": transfer.state,
        "proposed_at": transfer.proposed_at,
        "answered_at": transfer.answered_at,
    }


def onward_out(onward: Onward) -> OnwardOut:
    return {
        "code": onward.code,
        "referral": onward.referral.code,
        "service": onward.service.code,
        "service_name": onward.service.name,
        "urgency": onward.urgency,
        "groups": onward.groups,
        "state": onward.state,
        "proposed_at": onward.proposed_at,
        "answered_at": onward.answered_at,
    }


def case_request_out(request: CaseRequest) -> CaseRequestOut:
    return {
        "code": request.code,
        "case": request.case_code,
        "asker": request.asker.code,
        "reason": request.reason,
        "state": request.state,
        "asked_at": request.asked_at,
        "waits_until": request.waits_until,
        "transfer": request.transfer.code if request.transfer else None,
    }


def attempt_out(attempt: Attempt) -> AttemptOut:
    return {"tried_at": attempt.tried_at, "channel": attempt.channel, "result": attempt.result}
