"""Every kind of notice and its words. The words are constants: no slot takes data."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Kind(StrEnum):
    REFERRAL_SENT = "referral.sent"
    REFERRAL_SEEN = "referral.seen"
    REFERRAL_ASSIGNED = "referral.assigned"
    INFO_REQUESTED = "referral.info_requested"
    INFO_GIVEN = "referral.info_given"
    REFERRAL_ACCEPTED = "referral.accepted"
    REFERRAL_DECLINED = "referral.declined"
    REFERRAL_EXPIRED = "referral.expired"
    HANDOVER_PLANNED = "referral.handover_planned"
    HANDOVER_CONFIRMED = "referral.handover_confirmed"
    CONTACT_MADE = "referral.contact_made"
    REFERRAL_COMPLETED = "referral.completed"
    NOT_REACHED = "referral.not_reached"
    REFERRAL_CONFIRMED = "referral.confirmed"
    RECALL = "referral.recall"
    RECALL_ACKNOWLEDGED = "referral.recall_acknowledged"
    MESSAGE = "referral.message"
    CASE_ASSIGNED = "case.assigned"
    CASE_HANDED_OVER = "case.handed_over"
    CASE_REOPENED = "case.reopened"
    OVERRIDE_ASKED = "override.asked"
    OVERRIDE_DECIDED = "override.decided"
    CONSENT_ENDED = "consent.ended"
    TRANSFER_PROPOSED = "transfer.proposed"
    TRANSFER_ANSWERED = "transfer.answered"
    ONWARD_PROPOSED = "onward.proposed"
    ONWARD_ANSWERED = "onward.answered"
    CASE_REQUESTED = "case_request.asked"
    IDENTIFICATION_SUBMITTED = "identification.submitted"
    IDENTIFICATION_TAKEN_BACK = "identification.taken_back"
    MORE_INFORMATION = "identification.more_information"
    DECISION_MADE = "identification.decided"
    REFLECTION_EXTENDED = "identification.reflection_extended"
    REFLECTION_ENDED = "identification.reflection_ended"
    DUPLICATE_FOUND = "duplicate.found"
    DUPLICATE_ASKED = "duplicate.asked"
    DUPLICATE_ANSWERED = "duplicate.answered"
    IDENTITIES_OFTEN = "identity.often"
    ALERT_RAISED = "alert.raised"
    TASK_SET = "task.set"
    DEADLINE_NEAR = "deadline.near"
    DEADLINE_PASSED = "deadline.passed"
    SECOND_ASKED = "second.asked"
    SECOND_DECIDED = "second.decided"
    GLASS_BROKEN = "break_glass.opened"
    GLASS_REVIEWED = "break_glass.reviewed"
    GLASS_SUSPENDED = "break_glass.suspended"
    GLASS_LIFTED = "break_glass.lifted"
    APART_ATTEMPTED = "exclusion.attempted"
    UNSAFE_CONTACT = "contact.unsafe"
    HOLD_CHANGED = "hold.changed"
    ERASURE_PROPOSED = "erasure.proposed"
    ERASURE_AGREED = "erasure.agreed"
    DEMAND_SENT = "demand.sent"
    DEMAND_ANSWERED = "demand.answered"
    NOBODY_TOLD = "notice.nobody_told"
    ACCESS_DIFFERS = "access.differs"
    SIGN_IN_CHANGED = "sign_in.changed"
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_MISSED = "endpoint.missed"
    DIRECTORY_STALE = "directory.stale"
    LINK_LOCKED = "link.locked"
    LINK_LAPSED = "link.lapsed"
    IMPORT_CHECKED = "import.checked"
    IMPORT_REFUSED = "import.refused"
    IMPORT_DONE = "import.done"
    IMPORT_STOPPED = "import.stopped"
    IMPORT_EXPIRED = "import.expired"
    EXPORT_READY = "export.ready"
    EXPORT_FAILED = "export.failed"
    EXPORT_CLOSED = "export.closed"
    BROUGHT_AGAIN = "case.brought_again"
    REFRESHER_DUE = "refresher.due"
    DUTY_SOON = "duty.soon"
    DUTY_DUE = "duty.due"
    BOARD_ANSWERED = "board.answered"
    BOARD_HIDDEN = "board.hidden"
    FOCAL_NAMED = "focal.named"
    ANNOUNCED = "bulletin.announced"


@dataclass(frozen=True, slots=True)
class Words:
    subject: Promise
    body: Promise


SUBJECT = pgettext_lazy("notice", "There is something for you")
NEWS = Words(
    SUBJECT,
    pgettext_lazy("notice", "There is something new for you. Please sign in to read it."),
)
DEADLINE = Words(
    SUBJECT,
    pgettext_lazy("notice", "Something waits for your answer. Please sign in to see it."),
)
# To an address that others may read, too: nothing of what it is about, nor of who writes.
FOR_A_GUEST = Words(
    pgettext_lazy("mail to a guest", "There is a message for you"),
    pgettext_lazy("mail to a guest", "There is a message for you. You can read it here:"),
)

_DEADLINES = frozenset({Kind.DEADLINE_NEAR, Kind.DEADLINE_PASSED})


def words_of(kind: str) -> Words:
    return DEADLINE if kind in _DEADLINES else NEWS
