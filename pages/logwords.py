"""Everything that is written into the log, as a sentence; what also happens in a case has its own."""

from typing import Any

from django.utils.translation import pgettext_lazy

from pages.happened import EVENTS

# By the event's name, as it is written by audit.log.record. A test holds it complete.
LOGGED: dict[str, Any] = {
    "read": pgettext_lazy("log", "Data groups of a person were opened."),
    "read.alerts": pgettext_lazy("log", "Warnings of a plan were opened."),
    "read.assessments": pgettext_lazy("log", "Judgements of risks and needs were opened."),
    "read.audit": pgettext_lazy("log", "The log was read."),
    "read.break_glass": pgettext_lazy(
        "log", "The words about an emergency opening were opened."
    ),
    "read.code_word": pgettext_lazy("log", "A code word was opened."),
    "read.contact": pgettext_lazy("log", "Why a person was reached against the plan was read."),
    "read.exclusion": pgettext_lazy("log", "Why somebody is kept apart was opened."),
    "read.second": pgettext_lazy("log", "Why a second person is asked for was opened."),
    "second.asked": pgettext_lazy("log", "A second person was asked for."),
    "second.approved": pgettext_lazy("log", "A second person approved."),
    "second.refused": pgettext_lazy("log", "A second person refused."),
    "second.taken_back": pgettext_lazy("log", "A request for a second person was taken back."),
    "second.done": pgettext_lazy("log", "What two persons had agreed to was done."),
    "second.expired": pgettext_lazy("log", "A request for a second person ran out."),
    "break_glass.lifted": pgettext_lazy("log", "The right to emergency access was given back."),
    "read.consent": pgettext_lazy("log", "The words of a consent were opened."),
    "read.disclosure": pgettext_lazy("log", "What a receiver was told was opened."),
    "read.draft": pgettext_lazy("log", "A draft of a form was opened."),
    "read.htcds": pgettext_lazy("log", "The case was read in the fields of the standard."),
    "read.identification": pgettext_lazy(
        "log", "Texts of a formal identification were opened."
    ),
    "read.notes": pgettext_lazy("log", "Notes were opened."),
    "read.onward": pgettext_lazy("log", "The reason of a proposal was opened."),
    "read.override": pgettext_lazy("log", "The reason for sharing without consent was opened."),
    "read.plan": pgettext_lazy("log", "Texts of a plan were opened."),
    "read.records": pgettext_lazy("log", "Records of a case were opened."),
    "read.referral": pgettext_lazy("log", "Texts of a referral were opened."),
    "read.review": pgettext_lazy("log", "A review of a plan was opened."),
    "read.screening": pgettext_lazy("log", "Answers about signs were opened."),
    "read.statements": pgettext_lazy("log", "What the person told was opened."),
    "search": pgettext_lazy("log", "Cases were searched by name."),
    "denied": pgettext_lazy("log", "Access was refused."),
    "login": pgettext_lazy("log", "Signed in."),
    "login.failed": pgettext_lazy("log", "A sign-in failed."),
    "logout": pgettext_lazy("log", "Signed out."),
    "logout.idle": pgettext_lazy("log", "Signed out because nobody was there."),
    "agency.registered": pgettext_lazy("log", "An agency was registered."),
    "agency.changed": pgettext_lazy("log", "An agency was changed."),
    "agency.clocks": pgettext_lazy("log", "An agency's time limits were set."),
    "member.added": pgettext_lazy("log", "A member was invited."),
    "member.activated": pgettext_lazy("log", "A member set the first password."),
    "member.role": pgettext_lazy("log", "A member was given another role."),
    "member.left": pgettext_lazy("log", "A member's access was ended."),
    "token.issued": pgettext_lazy("log", "A key to the API was made."),
    "token.revoked": pgettext_lazy("log", "A key to the API was taken away."),
    "service.offered": pgettext_lazy("log", "A service was added to the directory."),
    "service.changed": pgettext_lazy("log", "A service was changed."),
    "service.places": pgettext_lazy("log", "Free places were told."),
    "code.added": pgettext_lazy("log", "A code was added to a list."),
    "code.retired": pgettext_lazy("log", "A code was taken out of use."),
    "instrument.published": pgettext_lazy("log", "A questionnaire was published."),
    "notice.acknowledged": pgettext_lazy("log", "A notice was read."),
    "notice.preference": pgettext_lazy("log", "A member chose how to be told."),
    "task.done": pgettext_lazy("log", "A task was done."),
    "view.saved": pgettext_lazy("log", "A list was saved."),
    "view.forgotten": pgettext_lazy("log", "A saved list was removed."),
    "case_request.lapsed": pgettext_lazy("log", "A request for a case ran out."),
    "access.differs": pgettext_lazy("log", "The access table differed from the rule."),
}


def of(event: str) -> str:
    """The sentence of an event of the log."""
    return str(LOGGED.get(event) or EVENTS.get(event, event))
