"""What each notice says to who has signed in: more than its mail may, and still no name."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from agencies.models import Member
from notify.models import Delivery
from notify.notices import Kind
from pages.leading import address_of

WORDS: dict[str, Any] = {
    Kind.REFERRAL_SENT: pgettext_lazy("notice", "A referral has come to you"),
    Kind.REFERRAL_SEEN: pgettext_lazy("notice", "Your referral was opened"),
    Kind.REFERRAL_ASSIGNED: pgettext_lazy("notice", "A referral was given to you"),
    Kind.INFO_REQUESTED: pgettext_lazy("notice", "There is a question about your referral"),
    Kind.INFO_GIVEN: pgettext_lazy("notice", "Your question was answered"),
    Kind.REFERRAL_ACCEPTED: pgettext_lazy("notice", "Your referral was accepted"),
    Kind.REFERRAL_DECLINED: pgettext_lazy("notice", "Your referral was declined"),
    Kind.REFERRAL_EXPIRED: pgettext_lazy("notice", "A referral ended without an answer"),
    Kind.HANDOVER_PLANNED: pgettext_lazy("notice", "A handover was planned"),
    Kind.HANDOVER_CONFIRMED: pgettext_lazy("notice", "A handover was confirmed"),
    Kind.CONTACT_MADE: pgettext_lazy("notice", "The first meeting has taken place"),
    Kind.REFERRAL_COMPLETED: pgettext_lazy("notice", "Help on your referral was completed"),
    Kind.NOT_REACHED: pgettext_lazy("notice", "The person was not reached"),
    Kind.REFERRAL_CONFIRMED: pgettext_lazy("notice", "The sender confirmed that help came"),
    Kind.RECALL: pgettext_lazy("notice", "A referral was recalled: please say you read it"),
    Kind.RECALL_ACKNOWLEDGED: pgettext_lazy("notice", "Your recall was read"),
    Kind.MESSAGE: pgettext_lazy("notice", "There is a message on a referral"),
    Kind.CASE_ASSIGNED: pgettext_lazy("notice", "A case was given to you"),
    Kind.CASE_HANDED_OVER: pgettext_lazy("notice", "A case was handed over to you"),
    Kind.CASE_REOPENED: pgettext_lazy("notice", "A case was opened again"),
    Kind.OVERRIDE_ASKED: pgettext_lazy("notice", "Sharing without consent is asked for"),
    Kind.OVERRIDE_DECIDED: pgettext_lazy("notice", "Sharing without consent was decided on"),
    Kind.CONSENT_ENDED: pgettext_lazy("notice", "A consent has ended"),
    Kind.TRANSFER_PROPOSED: pgettext_lazy("notice", "You are asked to take over a case"),
    Kind.TRANSFER_ANSWERED: pgettext_lazy("notice", "Your proposed transfer was answered"),
    Kind.ONWARD_PROPOSED: pgettext_lazy("notice", "Somebody else is proposed to help as well"),
    Kind.ONWARD_ANSWERED: pgettext_lazy("notice", "Your proposal to send on was answered"),
    Kind.CASE_REQUESTED: pgettext_lazy("notice", "An agency asks for a case"),
    Kind.IDENTIFICATION_SUBMITTED: pgettext_lazy("notice", "A case was submitted to you"),
    Kind.IDENTIFICATION_TAKEN_BACK: pgettext_lazy("notice", "A submission was taken back"),
    Kind.MORE_INFORMATION: pgettext_lazy("notice", "The authority asks for more"),
    Kind.DECISION_MADE: pgettext_lazy("notice", "The authority has decided"),
    Kind.REFLECTION_EXTENDED: pgettext_lazy("notice", "The time for reflection is longer now"),
    Kind.REFLECTION_ENDED: pgettext_lazy("notice", "The time for reflection is over"),
    Kind.DUPLICATE_FOUND: pgettext_lazy("notice", "Two cases may be about one person"),
    Kind.DUPLICATE_ASKED: pgettext_lazy(
        "notice", "An agency asks whether two cases are about one person"
    ),
    Kind.DUPLICATE_ANSWERED: pgettext_lazy("notice", "Something changed about a link"),
    Kind.IDENTITIES_OFTEN: pgettext_lazy(
        "notice", "A member wrote unusually many identities in a day"
    ),
    Kind.ALERT_RAISED: pgettext_lazy("notice", "There is a warning about a case"),
    Kind.SECOND_ASKED: pgettext_lazy("notice", "A second person is asked for"),
    Kind.SECOND_DECIDED: pgettext_lazy("notice", "What you asked a second person was decided"),
    Kind.GLASS_BROKEN: pgettext_lazy("notice", "A case was opened in an emergency"),
    Kind.GLASS_REVIEWED: pgettext_lazy("notice", "Your emergency opening was looked at"),
    Kind.GLASS_SUSPENDED: pgettext_lazy("notice", "The right to emergency access has ended"),
    Kind.GLASS_LIFTED: pgettext_lazy("notice", "You may use emergency access again"),
    Kind.APART_ATTEMPTED: pgettext_lazy(
        "notice", "Somebody kept apart was nearly brought to a case"
    ),
    Kind.UNSAFE_CONTACT: pgettext_lazy("notice", "A person is reached against the plan"),
    Kind.HOLD_CHANGED: pgettext_lazy("notice", "A hold or a restriction was set or has ended"),
    Kind.ERASURE_PROPOSED: pgettext_lazy("notice", "People are proposed to be erased"),
    Kind.ERASURE_AGREED: pgettext_lazy("notice", "A batch of erasures has gone a step further"),
    Kind.DEMAND_SENT: pgettext_lazy("notice", "You are asked to erase what you were shown"),
    Kind.DEMAND_ANSWERED: pgettext_lazy(
        "notice", "An agency has answered what became of what it was shown"
    ),
    Kind.TASK_SET: pgettext_lazy("notice", "There is a task for you"),
    Kind.DEADLINE_NEAR: pgettext_lazy("notice", "A deadline is near"),
    Kind.DEADLINE_PASSED: pgettext_lazy("notice", "A deadline has passed"),
    Kind.NOBODY_TOLD: pgettext_lazy("notice", "Nobody was there to be told of something"),
    Kind.ACCESS_DIFFERS: pgettext_lazy("notice", "Who sees a case is not as the rule says"),
    Kind.DIRECTORY_STALE: pgettext_lazy(
        "notice", "Entries of your agency in the directory were not checked for long"
    ),
    Kind.LINK_LOCKED: pgettext_lazy(
        "notice", "A link was locked: the wrong passcode was tried too often"
    ),
    Kind.LINK_LAPSED: pgettext_lazy(
        "notice", "A link leads nowhere any more, and you still wait for its answer"
    ),
    Kind.IMPORT_CHECKED: pgettext_lazy("notice", "A file of yours was looked at"),
    Kind.IMPORT_REFUSED: pgettext_lazy("notice", "A file of yours cannot be read"),
    Kind.IMPORT_DONE: pgettext_lazy("notice", "The cases of your file are written"),
    Kind.IMPORT_STOPPED: pgettext_lazy("notice", "The import of your file has stopped"),
    Kind.IMPORT_EXPIRED: pgettext_lazy(
        "notice", "A file of yours has run out of time: what was not written is gone"
    ),
    Kind.EXPORT_READY: pgettext_lazy("notice", "A file that you asked for is ready"),
    Kind.EXPORT_FAILED: pgettext_lazy("notice", "A file that you asked for was not made"),
    Kind.EXPORT_CLOSED: pgettext_lazy("notice", "A file that you asked for was taken back"),
    Kind.BROUGHT_AGAIN: pgettext_lazy("notice", "A file named a case that is here already"),
    Kind.DUTY_SOON: pgettext_lazy(
        "notice", "Something that you have shown counts for 30 more days"
    ),
    Kind.DUTY_DUE: pgettext_lazy(
        "notice", "Something is to be shown before names are open to you"
    ),
    Kind.REFRESHER_DUE: pgettext_lazy("notice", "It is time to look at something again"),
    Kind.BOARD_ANSWERED: pgettext_lazy("notice", "Your question on the board was answered"),
    Kind.BOARD_HIDDEN: pgettext_lazy("notice", "Something of yours on the board was hidden"),
    Kind.FOCAL_NAMED: pgettext_lazy("notice", "You are asked to answer for a topic"),
    Kind.ANNOUNCED: pgettext_lazy("notice", "There is an announcement for you"),
    Kind.SIGN_IN_CHANGED: pgettext_lazy("notice", "A way to sign in was changed"),
    Kind.ENDPOINT_DISABLED: pgettext_lazy("notice", "A system of yours is not called any more"),
    Kind.ENDPOINT_MISSED: pgettext_lazy("notice", "A call of a system of yours was given up"),
}
# What somebody has waited for.
ANSWERS = frozenset(
    {
        Kind.INFO_REQUESTED,
        Kind.INFO_GIVEN,
        Kind.REFERRAL_ACCEPTED,
        Kind.REFERRAL_DECLINED,
        Kind.REFERRAL_EXPIRED,
        Kind.CONTACT_MADE,
        Kind.REFERRAL_COMPLETED,
        Kind.NOT_REACHED,
        Kind.REFERRAL_CONFIRMED,
        Kind.RECALL_ACKNOWLEDGED,
        Kind.OVERRIDE_DECIDED,
        Kind.SECOND_DECIDED,
        Kind.TRANSFER_ANSWERED,
        Kind.ONWARD_ANSWERED,
        Kind.MORE_INFORMATION,
        Kind.DECISION_MADE,
    }
)
SOMETHING = pgettext_lazy("notice", "There is something new for you")


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as the reader sees it."""

    code: str
    what: Any
    about: str
    address: str
    at: dt.datetime
    emergency: bool
    read: bool


def line_of(notice: Delivery, actor: Member) -> Line:
    return Line(
        code=notice.code,
        what=WORDS.get(notice.event.kind, SOMETHING),
        about=notice.event.subject,
        address=address_of(notice.event.subject, actor),
        at=notice.event.happened_at,
        emergency=notice.event.emergency,
        read=notice.acknowledged_at is not None,
    )
