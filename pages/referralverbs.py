"""What can be done to a referral: each verb with its form, its act and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from pages import referralforms as f
from referral.actions import answering, deciding, helping, recalling
from referral.policy import Act
from referral.workflow import State, Verb, WithdrawReason


@dataclass(frozen=True, slots=True)
class Deed:
    """`title` names the button and the page, `done` is said afterwards."""

    form: type[f.VerbForm]
    act: Callable[..., Any]
    title: Any
    done: Any
    words: Any = ""
    danger: bool = False


# In the order in which they are offered: what is owed first, the way out last.
DEEDS: dict[str, Deed] = {
    Verb.ACCEPT: Deed(
        f.Accept,
        deciding.accept,
        pgettext_lazy("referral verb", "Accept"),
        gettext_lazy("Accepted. The sender is told, and what was agreed to is open to you."),
        gettext_lazy("The meeting can be planned now or later."),
    ),
    Verb.DECLINE: Deed(
        f.Decline,
        deciding.decline,
        pgettext_lazy("referral verb", "Decline"),
        gettext_lazy("Declined. The sender is told and asks elsewhere."),
        gettext_lazy("Nothing of the case stays with you."),
        danger=True,
    ),
    Verb.REQUEST_INFO: Deed(
        f.Question,
        answering.request_info,
        pgettext_lazy("referral verb", "Ask a question"),
        gettext_lazy("Asked. You are told as soon as the sender answers."),
        gettext_lazy(
            "Unless it is an emergency, your time stands still meanwhile, for a day at most."
        ),
    ),
    Verb.ANSWER_INFO: Deed(
        f.Answer,
        answering.answer_info,
        pgettext_lazy("referral verb", "Answer the question"),
        gettext_lazy("Answered. Their time to reply runs on."),
    ),
    Act.ACKNOWLEDGE_RECALL: Deed(
        f.Yes,
        recalling.acknowledge_recall,
        pgettext_lazy("referral verb", "I have read the recall"),
        gettext_lazy("Thank you. The sender is told."),
        gettext_lazy(
            "Please destroy what you noted or printed of this referral, and do not contact the"
            " person because of it."
        ),
    ),
    Act.CONFIRM_HANDOVER: Deed(
        f.Yes,
        helping.confirm_handover,
        pgettext_lazy("referral verb", "Confirm the meeting"),
        gettext_lazy("Confirmed for your side."),
        gettext_lazy("You agree to the time, the place and who comes."),
    ),
    Act.PLAN_HANDOVER: Deed(
        f.Handover,
        helping.plan_handover,
        pgettext_lazy("referral verb", "Plan the meeting"),
        gettext_lazy("Proposed. The other side confirms it."),
        gettext_lazy("Where both sides and the person meet for the first time."),
    ),
    Verb.FIRST_CONTACT: Deed(
        f.Contact,
        helping.first_contact,
        pgettext_lazy("referral verb", "We have met the person"),
        gettext_lazy("Good. The sender is told."),
    ),
    Act.LOG_ATTEMPT: Deed(
        f.Attempt,
        helping.log_attempt,
        pgettext_lazy("referral verb", "Write down an attempt to reach the person"),
        gettext_lazy("Written down."),
    ),
    Verb.COMPLETE: Deed(
        f.Complete,
        helping.complete,
        pgettext_lazy("referral verb", "Our help has ended"),
        gettext_lazy("Ended. The sender asks the person whether it helped."),
        gettext_lazy("After this you see nothing of the case any more."),
    ),
    Verb.CONFIRM: Deed(
        f.Confirm,
        helping.confirm,
        pgettext_lazy("referral verb", "Confirm with the person"),
        gettext_lazy("Confirmed. The circle is closed."),
    ),
    Act.ASSIGN: Deed(
        f.Assign,
        answering.assign,
        pgettext_lazy("referral verb", "Give it to a colleague"),
        gettext_lazy("Given. Your colleague is told."),
    ),
    Act.MESSAGE: Deed(
        f.Message,
        helping.message,
        pgettext_lazy("referral verb", "Write a message"),
        gettext_lazy("Sent."),
    ),
    Verb.NOT_REACHED: Deed(
        f.Yes,
        helping.not_reached,
        pgettext_lazy("referral verb", "The person cannot be reached"),
        gettext_lazy("Ended. The sender is told."),
        gettext_lazy("The referral ends, and the sender looks for another way."),
        danger=True,
    ),
    Verb.WITHDRAW: Deed(
        f.Withdraw,
        recalling.withdraw,
        pgettext_lazy("referral verb", "Take it back"),
        gettext_lazy("Taken back. They see nothing of the case any more."),
        gettext_lazy(
            "What they could see closes at once, and they are asked to destroy notes."
        ),
        danger=True,
    ),
}
# Of what was never sent nobody has to be told why it is not.
THROW_AWAY = Deed(
    f.Yes,
    partial(recalling.withdraw, reason=WithdrawReason.NOT_NEEDED),
    pgettext_lazy("referral verb", "Throw the draft away"),
    gettext_lazy("The draft is thrown away."),
    gettext_lazy("It was never sent: nobody outside your agency knows of it."),
    danger=True,
)


def deeds_of(state: State) -> dict[str, Deed]:
    """The deeds of a referral in this state, in their order."""
    return DEEDS | {Verb.WITHDRAW: THROW_AWAY} if state == State.DRAFT else DEEDS
