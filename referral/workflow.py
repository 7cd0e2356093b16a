"""Every move a referral can make, who makes it, and from where."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Workflow, step


class State(TextChoices):
    DRAFT = "draft", pgettext_lazy("referral", "draft")
    SENT = "sent", pgettext_lazy("referral", "sent")
    RECEIVED = "received", pgettext_lazy("referral", "received")
    INFO_REQUESTED = "info_requested", pgettext_lazy("referral", "information requested")
    ACCEPTED = "accepted", pgettext_lazy("referral", "accepted")
    IN_SERVICE = "in_service", pgettext_lazy("referral", "in service")
    COMPLETED = "completed", pgettext_lazy("referral", "completed")
    CONFIRMED = "confirmed", pgettext_lazy("referral", "confirmed")
    DECLINED = "declined", pgettext_lazy("referral", "declined")
    EXPIRED = "expired", pgettext_lazy("referral", "expired")
    NOT_REACHED = "not_reached", pgettext_lazy("referral", "person not reached")
    WITHDRAWN = "withdrawn", pgettext_lazy("referral", "withdrawn")


class Verb(StrEnum):
    SEND = "send"
    RECEIVE = "receive"
    REQUEST_INFO = "request_info"
    ANSWER_INFO = "answer_info"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    FIRST_CONTACT = "first_contact"
    COMPLETE = "complete"
    NOT_REACHED = "not_reached"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


class Party(StrEnum):
    SENDER = "sender"
    RECEIVER = "receiver"
    CLOCK = "clock"


ASKED = frozenset({State.SENT, State.RECEIVED, State.INFO_REQUESTED})
TAKEN = frozenset({State.ACCEPTED, State.IN_SERVICE})
# Somebody still owes the person something: no case is closed over one of these.
UNENDED = frozenset({*ASKED, *TAKEN, State.COMPLETED})
# Nobody gives a person up before they have tried so often.
LEAST_ATTEMPTS = 3


FLOW: Workflow[State] = Workflow(
    step(Verb.SEND, Party.SENDER, State.DRAFT, to=State.SENT),
    step(Verb.RECEIVE, Party.RECEIVER, State.SENT, to=State.RECEIVED),
    step(
        Verb.REQUEST_INFO, Party.RECEIVER, State.SENT, State.RECEIVED, to=State.INFO_REQUESTED
    ),
    step(Verb.ANSWER_INFO, Party.SENDER, State.INFO_REQUESTED, to=State.RECEIVED),
    step(Verb.ACCEPT, Party.RECEIVER, State.SENT, State.RECEIVED, to=State.ACCEPTED),
    step(Verb.DECLINE, Party.RECEIVER, State.SENT, State.RECEIVED, to=State.DECLINED),
    # An answer that the sender owes does not hold the clock for ever, so expiry takes it too.
    step(Verb.EXPIRE, Party.CLOCK, *ASKED, to=State.EXPIRED),
    step(Verb.FIRST_CONTACT, Party.RECEIVER, State.ACCEPTED, to=State.IN_SERVICE),
    step(Verb.COMPLETE, Party.RECEIVER, *TAKEN, to=State.COMPLETED),
    step(Verb.NOT_REACHED, Party.RECEIVER, State.ACCEPTED, to=State.NOT_REACHED),
    step(Verb.CONFIRM, Party.SENDER, State.COMPLETED, to=State.CONFIRMED),
    step(Verb.WITHDRAW, Party.SENDER, State.DRAFT, *ASKED, *TAKEN, to=State.WITHDRAWN),
)


class DeclineReason(TextChoices):
    NO_CAPACITY = "no_capacity", pgettext_lazy("decline", "no capacity")
    NOT_ELIGIBLE = "not_eligible", pgettext_lazy("decline", "outside mandate or eligibility")
    OUT_OF_AREA = "out_of_area", pgettext_lazy("decline", "outside the area")
    SERVICE_UNAVAILABLE = "service_unavailable", pgettext_lazy("decline", "not available")
    INSUFFICIENT = (
        "insufficient_information",
        pgettext_lazy("decline", "too little information"),
    )
    ALREADY_RECEIVING = "already_receiving", pgettext_lazy("decline", "already receives this")
    CONFLICT = (
        "conflict_of_interest",
        pgettext_lazy("decline", "conflict of interest or safety"),
    )
    UNREACHABLE = "unreachable", pgettext_lazy("decline", "person could not be reached")
    PERSON_DECLINED = "person_declined", pgettext_lazy("decline", "person declined")
    OTHER = "other", pgettext_lazy("decline", "other")


class Outcome(TextChoices):
    PROVIDED = "service_provided", pgettext_lazy("outcome", "service provided in full")
    PARTLY = "partly_provided", pgettext_lazy("outcome", "provided in part")
    PERSON_DECLINED = "person_declined", pgettext_lazy("outcome", "person declined")
    NO_SHOW = "no_show", pgettext_lazy("outcome", "person did not attend")
    UNREACHABLE = "unreachable", pgettext_lazy("outcome", "could not reach the person")
    ENDED = "ended_by_provider", pgettext_lazy("outcome", "ended by provider")


class Received(TextChoices):
    """What the person says, asked by the sender: was the service received?"""

    YES = "yes", pgettext_lazy("received", "yes")
    PARTLY = "partly", pgettext_lazy("received", "in part")
    NO = "no", pgettext_lazy("received", "no")


class WithdrawReason(TextChoices):
    NOT_NEEDED = "not_needed", pgettext_lazy("withdrawal", "no longer needed")
    WRONG_AGENCY = "wrong_agency", pgettext_lazy("withdrawal", "sent to the wrong agency")
    PERSON_ASKED = "person_asked", pgettext_lazy("withdrawal", "the person asked for it")
    SAFETY = "safety", pgettext_lazy("withdrawal", "safety")
    CONSENT_ENDED = "consent_ended", pgettext_lazy("withdrawal", "consent has ended")
    OTHER = "other", pgettext_lazy("withdrawal", "other")


class AttemptChannel(TextChoices):
    PHONE = "phone", pgettext_lazy("attempt", "by telephone")
    MESSAGE = "message", pgettext_lazy("attempt", "by message")
    VISIT = "visit", pgettext_lazy("attempt", "by a visit")
    THROUGH_WORKER = "through_worker", pgettext_lazy("attempt", "through the sender's worker")
    OTHER = "other", pgettext_lazy("attempt", "in another way")


class AttemptResult(TextChoices):
    NO_ANSWER = "no_answer", pgettext_lazy("attempt", "no answer")
    WRONG_CONTACT = "wrong_contact", pgettext_lazy("attempt", "the contact was wrong")
    NOT_SAFE = "not_safe", pgettext_lazy("attempt", "it was not safe to speak")
    REACHED = "reached", pgettext_lazy("attempt", "reached")
    OTHER = "other", pgettext_lazy("attempt", "something else")


class TransferState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("transfer", "proposed")
    ACCEPTED = "accepted", pgettext_lazy("transfer", "accepted")
    DECLINED = "declined", pgettext_lazy("transfer", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("transfer", "withdrawn")


class OnwardState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("onward", "proposed")
    APPROVED = "approved", pgettext_lazy("onward", "approved and sent")
    DECLINED = "declined", pgettext_lazy("onward", "declined")
    ENDED = "ended", pgettext_lazy("onward", "ended with its referral")


class RequestReason(TextChoices):
    """Why an agency asks for a case: the person is with it, or said so."""

    PERSON_MOVED = "person_moved", pgettext_lazy("case request", "the person has moved to us")
    PERSON_ASKED = "person_asked", pgettext_lazy("case request", "the person asked for it")
    IN_OUR_CARE = "in_our_care", pgettext_lazy("case request", "the person is in our care")


class RequestState(TextChoices):
    ASKED = "asked", pgettext_lazy("case request", "waiting for an answer")
    GRANTED = "granted", pgettext_lazy("case request", "a transfer was proposed")
    NO_ANSWER = "no_answer", pgettext_lazy("case request", "no transfer came of it")
