"""What the API reads and shows about referrals."""

from typing import Any

from rest_framework import serializers

from agencies.clocks import Urgency
from cases.workflow import Purpose
from kernel.groups import SEALED
from referral.models import Attempt, Handover, Referral
from referral.workflow import (
    AttemptChannel,
    AttemptResult,
    DeclineReason,
    Outcome,
    Received,
    WithdrawReason,
)

TEXT = 2000


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


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


def service_line(referral: Referral) -> dict[str, Any]:
    service = referral.service
    return {"code": service.code, "type": service.type, "name": service.name}


def base_out(referral: Referral) -> dict[str, Any]:
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


def running_out(referral: Referral) -> dict[str, Any]:
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


def handover_out(handover: Handover, texts: dict[str, str], code: str) -> dict[str, Any]:
    return {
        "meets_at": handover.meets_at,
        "place": texts[f"{code} place"],
        "who_meets": texts[f"{code} who_meets"],
        "receiver_confirmed_at": handover.receiver_confirmed_at,
        "sender_confirmed_at": handover.sender_confirmed_at,
    }


def attempt_out(attempt: Attempt) -> dict[str, Any]:
    return {"tried_at": attempt.tried_at, "channel": attempt.channel, "result": attempt.result}
