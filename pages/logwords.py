"""Everything that is written into the log, as a sentence; what also happens in a case has its own."""

from typing import Any

from django.utils.translation import pgettext_lazy

from pages.happened import EVENTS

# By the event's name, as it is written by audit.log.record. A test holds it complete.
LOGGED: dict[str, Any] = {
    "read": pgettext_lazy("log", "Data groups of a person were opened."),
    "read.alerts": pgettext_lazy("log", "Warnings of a plan were opened."),
    "read.assessments": pgettext_lazy("log", "Judgements of risks and needs were opened."),
    "read.access": pgettext_lazy("log", "It was looked up who can see a case."),
    "read.card": pgettext_lazy("log", "A referral was looked at, with its card."),
    "read.case": pgettext_lazy(
        "log", "A page of a case was looked at; nothing sealed is on it."
    ),
    "read.protection": pgettext_lazy("log", "Consents and sharing without consent were read."),
    "read.register": pgettext_lazy("log", "The register of processing was read."),
    "read.seals": pgettext_lazy("log", "The state of the log's seals was read."),
    "read.seers": pgettext_lazy("log", "It was looked up who had seen a case."),
    "list": pgettext_lazy("log", "A list was shown."),
    "audit.broken": pgettext_lazy("log", "The log was checked and is not in order."),
    "audit.verified": pgettext_lazy("log", "The log was checked and is in order."),
    "audit.witnessed": pgettext_lazy("log", "A partner agency signed a checkpoint of the log."),
    "read.audit": pgettext_lazy("log", "The log was read."),
    "password.changed": pgettext_lazy("log", "A member changed their password."),
    "batch.proposed": pgettext_lazy("log", "A batch of erasures was proposed."),
    "batch.agree": pgettext_lazy(
        "log", "The first of two people agreed to a batch of erasures."
    ),
    "batch.approve": pgettext_lazy("log", "The second of two people approved a batch."),
    "batch.refuse": pgettext_lazy("log", "A batch of erasures was refused."),
    "batch.finish": pgettext_lazy("log", "A batch of erasures was carried out."),
    "read.certificate": pgettext_lazy("log", "A certificate of erasure was opened."),
    "read.hold": pgettext_lazy("log", "Why a case is held was opened."),
    "read.holds": pgettext_lazy("log", "It was looked up what holds a case."),
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
    "read.document": pgettext_lazy("log", "A document was opened."),
    "read.document_words": pgettext_lazy("log", "Names of documents were opened."),
    "document.ticket": pgettext_lazy("log", "A document was asked for."),
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
    "read.request": pgettext_lazy("log", "Why a request of the person was refused was opened."),
    "read.subject_request": pgettext_lazy("log", "A request of the person was looked at."),
    "read.review": pgettext_lazy("log", "A review of a plan was opened."),
    "read.screening": pgettext_lazy("log", "Answers about signs were opened."),
    "read.statements": pgettext_lazy("log", "What the person told was opened."),
    "disclosure.frozen": pgettext_lazy("log", "What a referral passes on was kept as sent."),
    "search": pgettext_lazy("log", "Cases were searched, by name or by code."),
    "denied": pgettext_lazy("log", "Access was refused."),
    "login": pgettext_lazy("log", "Signed in."),
    "login.failed": pgettext_lazy("log", "A sign-in failed."),
    "logout.unproven": pgettext_lazy("log", "Signed out because no second step was shown."),
    "step_up": pgettext_lazy("log", "Somebody showed again who they are."),
    "factor.added": pgettext_lazy("log", "A way to sign in was set up."),
    "factor.removed": pgettext_lazy("log", "A way to sign in was taken away."),
    "recovery.renewed": pgettext_lazy("log", "New recovery codes were made."),
    "session.ended": pgettext_lazy("log", "A session was ended by its member."),
    "session.killed": pgettext_lazy("log", "A member was signed out everywhere."),
    "reset.asked": pgettext_lazy("log", "New factors for a member were asked for."),
    "reset.approved": pgettext_lazy("log", "New factors for a member were approved."),
    "reset.stopped": pgettext_lazy("log", "The taking away of lost factors was stopped."),
    "reset.done": pgettext_lazy("log", "The factors that a member had lost were taken away."),
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
    "service.listed": pgettext_lazy("log", "The public was told of a service."),
    "service.unlisted": pgettext_lazy(
        "log", "Words for the public were kept; the service is not listed."
    ),
    "service.confirmed": pgettext_lazy(
        "log", "Somebody said that an entry of the directory is right."
    ),
    "directory.read": pgettext_lazy("log", "A set of another directory was read in."),
    "directory.taken_over": pgettext_lazy("log", "A set of another directory was taken over."),
    "directory.put_aside": pgettext_lazy("log", "A set of another directory was put aside."),
    "code.added": pgettext_lazy("log", "A code was added to a list."),
    "code.retired": pgettext_lazy("log", "A code was taken out of use."),
    "instrument.published": pgettext_lazy("log", "A questionnaire was published."),
    "notice.acknowledged": pgettext_lazy("log", "A notice was read."),
    "notice.preference": pgettext_lazy("log", "A member chose how to be told."),
    "task.done": pgettext_lazy("log", "A task was done."),
    "view.saved": pgettext_lazy("log", "A list was saved."),
    "view.forgotten": pgettext_lazy("log", "A saved list was removed."),
    "case_request.lapsed": pgettext_lazy("log", "A request for a case ran out."),
    "identity.often": pgettext_lazy("log", "A member wrote unusually many identities."),
    "person.key_destroyed": pgettext_lazy("log", "The key of a person was destroyed."),
    "key.added": pgettext_lazy("log", "The ring was given a new key."),
    "key.rewrapped": pgettext_lazy("log", "Everything was moved to the newest key."),
    "key.verified": pgettext_lazy("log", "The keys were tried."),
    "key.destruction_asked": pgettext_lazy("log", "Somebody asked to give up a key."),
    "key.destruction_approved": pgettext_lazy(
        "log", "A second person agreed to give up a key."
    ),
    "key.destruction_stopped": pgettext_lazy("log", "A key is kept after all."),
    "key.destroyed": pgettext_lazy("log", "A key of the ring was destroyed."),
    "backup.made": pgettext_lazy("log", "A backup was made."),
    "backup.drilled": pgettext_lazy("log", "A backup was tried."),
    "service.restored": pgettext_lazy("log", "The service came back from a backup."),
    "access.differs": pgettext_lazy("log", "The access table differed from the rule."),
}


def of(event: str) -> str:
    """The sentence of an event of the log."""
    return str(LOGGED.get(event) or EVENTS.get(event, event))
