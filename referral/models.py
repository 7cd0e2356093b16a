import itertools

from django.conf import settings
from django.db import models
from django.db.models import Case as Choice
from django.db.models import F, Q, Value, When
from django.db.models.functions import Coalesce, Now

from agencies.clocks import Urgency
from agencies.models import Agency, Service
from cases.models import Case, group_list
from cases.workflow import Purpose
from kernel.codes import new_code
from referral.workflow import (
    ASKED,
    TAKEN,
    AttemptChannel,
    AttemptResult,
    DeclineReason,
    OnwardState,
    Outcome,
    Received,
    RequestReason,
    RequestState,
    State,
    TransferState,
    WithdrawReason,
)


def new_referral_code() -> str:
    return new_code("RF")


def new_message_code() -> str:
    return new_code("MS")


def new_transfer_code() -> str:
    return new_code("TR")


def new_onward_code() -> str:
    return new_code("ON")


def new_request_code() -> str:
    return new_code("CQ")


def _both_or_none(at: str, by: str) -> Q:
    empty = {f"{at}__isnull": True, f"{by}__isnull": True}
    return Q(**empty) | Q(**{f"{at}__isnull": False, f"{by}__isnull": False})


def _in(states: frozenset[State]) -> Q:
    return Q(state__in=sorted(state.value for state in states))


# What was taken back and nobody of the receiver's has said to have read.
RECALLED = Q(
    state=State.WITHDRAWN.value, recalled_at__isnull=False, recall_acknowledged_at__isnull=True
)
# In which order it presses: a recall, an answer that is owed, help that runs; the emergencies first.
_PRESSING = (RECALLED, _in(ASKED), _in(TAKEN))
_URGENCIES = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.NORMAL)


def _pressing() -> Choice:
    kinds = itertools.product(_PRESSING, _URGENCIES)
    ranked = (
        When(asked & Q(urgency=urgency.value), then=Value(n))
        for n, (asked, urgency) in enumerate(kinds)
    )
    return Choice(*ranked, output_field=models.PositiveSmallIntegerField())


class Referral(models.Model):
    """One agency asks another to help the person in a case; the case stays with its owner."""

    code = models.CharField(max_length=16, unique=True, default=new_referral_code)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="referrals", db_index=False
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="referrals")
    sender = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="referrals_sent", db_index=False
    )
    receiver = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="referrals_received", db_index=False
    )
    instead_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="sent_on_as"
    )
    urgency = models.CharField(max_length=10, choices=Urgency.choices)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.SERVICE)
    groups = group_list()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)

    # Sealed texts, each written for the other side.
    purpose_note = models.BinaryField(null=True)
    question = models.BinaryField(null=True)
    answer = models.BinaryField(null=True)
    feedback = models.BinaryField(null=True)

    # When the row was last written, for partners' systems that ask what is new.
    changed_at = models.DateTimeField(db_default=Now())
    drafted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reply_due_at = models.DateTimeField(null=True)
    contact_due_at = models.DateTimeField(null=True)

    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The receiver's worker who looks at it, and the one named to the person.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    first_contact_planned_at = models.DateTimeField(null=True)
    first_contact_at = models.DateTimeField(null=True)
    decline_reason = models.CharField(max_length=32, choices=DeclineReason.choices, blank=True)
    outcome = models.CharField(max_length=24, choices=Outcome.choices, blank=True)
    service_received = models.CharField(max_length=8, choices=Received.choices, blank=True)
    withdraw_reason = models.CharField(
        max_length=20, choices=WithdrawReason.choices, blank=True
    )
    recalled_at = models.DateTimeField(null=True)
    recall_acknowledged_at = models.DateTimeField(null=True)
    recall_acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    # Where it stands before its receiver: kept by the database, so that an index has their order.
    # Nothing where it asks nothing of anybody there any more.
    pressing = models.GeneratedField(
        expression=_pressing(), output_field=models.PositiveSmallIntegerField(), db_persist=True
    )
    pressing_until = models.GeneratedField(
        expression=Coalesce(
            Choice(
                When(_in(ASKED), then="reply_due_at"),
                When(state=State.ACCEPTED.value, then="contact_due_at"),
            ),
            "sent_at",
        ),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="referral_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="referral_goes_to_another_agency", condition=~Q(sender=F("receiver"))
            ),
            models.CheckConstraint(
                name="referral_sent_at_and_by_go_together",
                condition=_both_or_none("sent_at", "sent_by"),
            ),
            models.CheckConstraint(
                name="referral_accepted_at_and_by_go_together",
                condition=_both_or_none("accepted_at", "accepted_by"),
            ),
            models.CheckConstraint(
                name="referral_declined_says_why",
                condition=~Q(state="declined") | ~Q(decline_reason=""),
            ),
            models.CheckConstraint(
                name="referral_completed_says_outcome_and_feedback",
                condition=~Q(state__in=["completed", "confirmed"])
                | (~Q(outcome="") & Q(feedback__isnull=False)),
            ),
            models.CheckConstraint(
                name="referral_in_service_was_met",
                condition=~Q(state="in_service") | Q(first_contact_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index("receiver", F("id").desc(), name="referral_inbox"),
            models.Index("sender", F("id").desc(), name="referral_outbox"),
            models.Index("case", "state", name="referral_case_state"),
            models.Index(
                "receiver",
                "pressing",
                "pressing_until",
                "id",
                name="referral_waiting",
                condition=Q(pressing__isnull=False),
            ),
            models.Index(
                "receiver",
                "reply_due_at",
                "id",
                name="referral_nobodys",
                condition=Q(
                    assignee__isnull=True, contact__isnull=True, pressing__isnull=False
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Disclosure(models.Model):
    """The sealed receipt of exactly what an agency was to be shown, frozen when it was sent."""

    referral = models.OneToOneField(
        Referral, on_delete=models.PROTECT, related_name="disclosure"
    )
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    groups = group_list()
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"disclosure of {self.referral_id}"


class Handover(models.Model):
    """A warm handover: where, when and who meets; each side confirms the same plan."""

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="handover")
    meets_at = models.DateTimeField()
    place = models.BinaryField()
    who_meets = models.BinaryField()
    receiver_confirmed_at = models.DateTimeField(null=True)
    receiver_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    sender_confirmed_at = models.DateTimeField(null=True)
    sender_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="handover_receiver_at_and_by_go_together",
                condition=_both_or_none("receiver_confirmed_at", "receiver_confirmed_by"),
            ),
            models.CheckConstraint(
                name="handover_sender_at_and_by_go_together",
                condition=_both_or_none("sender_confirmed_at", "sender_confirmed_by"),
            ),
        ]

    def __str__(self) -> str:
        return f"handover of {self.referral_id}"

    @property
    def confirmed(self) -> bool:
        return bool(self.receiver_confirmed_at and self.sender_confirmed_at)


class Attempt(models.Model):
    """One try to reach the person, in codes."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="attempts")
    tried_at = models.DateTimeField()
    channel = models.CharField(max_length=16, choices=AttemptChannel.choices)
    result = models.CharField(max_length=16, choices=AttemptResult.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"attempt {self.pk} of {self.referral_id}"


class Message(models.Model):
    """One message between the two agencies of a referral, sealed under the person's key."""

    code = models.CharField(max_length=16, unique=True, default=new_message_code)
    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    text = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("referral", F("id").desc(), name="message_list")]

    def __str__(self) -> str:
        return self.code


class Transfer(models.Model):
    """The whole case is to go to another agency, which becomes its owner."""

    code = models.CharField(max_length=16, unique=True, default=new_transfer_code)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers")
    sender = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=TransferState.choices, default=TransferState.PROPOSED
    )
    note = models.BinaryField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="transfer_state_is_known", condition=Q(state__in=TransferState.values)
            ),
            models.CheckConstraint(
                name="transfer_answered_at_and_by_go_together",
                condition=_both_or_none("answered_at", "answered_by"),
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="proposed"), name="one_open_transfer"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Onward(models.Model):
    """A receiver proposes that somebody else help, too. It learns what became of the proposal,
    and nothing of the referral that may come of it: that is the sender's."""

    code = models.CharField(max_length=16, unique=True, default=new_onward_code)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="onwards")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    urgency = models.CharField(max_length=10, choices=Urgency.choices)
    groups = group_list()
    reason = models.BinaryField()
    state = models.CharField(
        max_length=10, choices=OnwardState.choices, default=OnwardState.PROPOSED
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The referral that the sender made of it.
    sent_as = models.OneToOneField(
        Referral, on_delete=models.PROTECT, null=True, related_name="onward_of"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="onward_state_is_known", condition=Q(state__in=OnwardState.values)
            ),
            models.UniqueConstraint(
                fields=["referral", "service"],
                condition=Q(state="proposed"),
                name="onward_proposed_once",
            ),
            models.CheckConstraint(
                name="onward_approved_was_sent",
                condition=Q(state="approved", sent_as__isnull=False)
                | ~Q(state="approved") & Q(sent_as__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CaseRequest(models.Model):
    """An agency asks for a case whose code the person has told it. Whether there is such a case it
    learns only if a transfer is proposed: a wrong code, a no and silence look the same."""

    code = models.CharField(max_length=16, unique=True, default=new_request_code)
    case_code = models.CharField(max_length=16)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, related_name="asked_for"
    )
    asker = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=16, choices=RequestReason.choices)
    state = models.CharField(
        max_length=10, choices=RequestState.choices, default=RequestState.ASKED
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Until then it waits; a no of the owner shows itself no earlier.
    waits_until = models.DateTimeField()
    refused_at = models.DateTimeField(null=True)
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, null=True, related_name="asked_for_by"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="case_request_state_is_known", condition=Q(state__in=RequestState.values)
            ),
            models.UniqueConstraint(
                fields=["case_code", "asker"],
                condition=Q(state="asked"),
                name="asked_for_once",
            ),
        ]
        indexes = [
            models.Index("asker", F("id").desc(), name="case_request_list"),
            models.Index("waits_until", name="case_request_waits", condition=Q(state="asked")),
        ]

    def __str__(self) -> str:
        return self.code
