"""Everything that can happen in a case, as a sentence for its timeline."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from agencies.models import Member
from agencies.policy import agencies_visible_to
from cases.models import TimelineEntry
from pages import labels
from pages.leading import address_of

# By the event's name, as it is written by cases.timeline.record. A test holds it complete.
EVENTS: dict[str, Any] = {
    "case.registered": pgettext_lazy("timeline", "The case was registered."),
    "case.open": pgettext_lazy("timeline", "The case was opened."),
    "case.changed": pgettext_lazy("timeline", "Facts of the case were changed."),
    "case.assigned": pgettext_lazy("timeline", "The case was given to a worker."),
    "case.handed_over": pgettext_lazy("timeline", "The case was handed over to a colleague."),
    "case.released": pgettext_lazy("timeline", "Its worker left; a new one is needed."),
    "case.assessed": pgettext_lazy("timeline", "Risks and needs were judged."),
    "case.follow_ups_planned": pgettext_lazy("timeline", "Follow-ups were planned."),
    "case.follow_up": pgettext_lazy("timeline", "Help ended; follow-up began."),
    "case.close": pgettext_lazy("timeline", "The case was closed."),
    "case.reopen": pgettext_lazy("timeline", "The case was opened again."),
    "case.brought_again": pgettext_lazy("timeline", "A file named this case as a new one."),
    "note.written": pgettext_lazy("timeline", "A note was written."),
    "task.set": pgettext_lazy("timeline", "A task was set."),
    "exclusion.set": pgettext_lazy("timeline", "Somebody is kept apart from the case."),
    "exclusion.ended": pgettext_lazy("timeline", "Somebody is no longer kept apart."),
    "exclusion.attempted": pgettext_lazy(
        "timeline", "Somebody kept apart was nearly brought to the case."
    ),
    "break_glass.opened": pgettext_lazy("timeline", "The case was opened in an emergency."),
    "break_glass.ended": pgettext_lazy("timeline", "The emergency opening ended."),
    "break_glass.reviewed": pgettext_lazy("timeline", "An emergency opening was looked at."),
    "break_glass.suspended": pgettext_lazy(
        "timeline", "Who opened it in an emergency lost the right to."
    ),
    "contact.planned": pgettext_lazy("timeline", "A safe contact was planned."),
    "contact.held": pgettext_lazy("timeline", "A contact waits for the safe hours."),
    "contact.against_plan": pgettext_lazy(
        "timeline", "The person is reached against the plan, with a reason."
    ),
    "contact.made": pgettext_lazy("timeline", "A contact was made."),
    "contact.called_off": pgettext_lazy("timeline", "A contact was called off."),
    "hold.legal_hold_set": pgettext_lazy("timeline", "A legal hold was set."),
    "hold.legal_hold_ended": pgettext_lazy("timeline", "A legal hold has ended."),
    "hold.restriction_set": pgettext_lazy(
        "timeline", "The use of what is kept was restricted."
    ),
    "hold.restriction_ended": pgettext_lazy("timeline", "The restriction has ended."),
    "erasure.proposed": pgettext_lazy("timeline", "It was proposed to erase the person."),
    "erasure.kept_back": pgettext_lazy("timeline", "The person is kept for now."),
    "erasure.passed_over": pgettext_lazy("timeline", "The person was not erased."),
    "demand.sent": pgettext_lazy("timeline", "An agency was asked to erase what it was shown."),
    "demand.answered": pgettext_lazy("timeline", "An agency said what it has erased."),
    "person.written": pgettext_lazy("timeline", "Details of the person were written."),
    "person.erased": pgettext_lazy("timeline", "What was known of the person was erased."),
    "person.changed": pgettext_lazy("timeline", "Basic facts of the person were changed."),
    "record.written": pgettext_lazy("timeline", "A record was written."),
    "record.changed": pgettext_lazy("timeline", "A record was changed."),
    "record.retracted": pgettext_lazy("timeline", "A record was taken back."),
    "document.uploaded": pgettext_lazy("timeline", "A document was added."),
    "document.passed": pgettext_lazy("timeline", "A document was checked and found clean."),
    "document.rejected": pgettext_lazy("timeline", "A document was refused by the check."),
    "document.retracted": pgettext_lazy("timeline", "A document was taken back."),
    "document.chosen": pgettext_lazy(
        "timeline", "The documents that go with a referral were chosen."
    ),
    "document.erased": pgettext_lazy("timeline", "A document was erased."),
    "consent.drafted": pgettext_lazy("timeline", "A consent was prepared."),
    "consent.give": pgettext_lazy("timeline", "Consent was given."),
    "consent.withdraw": pgettext_lazy("timeline", "Consent was withdrawn."),
    "consent.expire": pgettext_lazy("timeline", "A consent expired."),
    "consent.supersede": pgettext_lazy("timeline", "A consent was replaced by a newer one."),
    "override.asked": pgettext_lazy("timeline", "Sharing without consent was asked for."),
    "override.approve": pgettext_lazy("timeline", "Sharing without consent was approved."),
    "override.refuse": pgettext_lazy("timeline", "Sharing without consent was refused."),
    "override.end": pgettext_lazy("timeline", "Sharing without consent ended."),
    "link.made": pgettext_lazy("timeline", "A link was made for an agency without an account."),
    "link.passcode": pgettext_lazy("timeline", "A passcode for a link was given."),
    "link.ended": pgettext_lazy("timeline", "A link was ended."),
    "link.lapsed": pgettext_lazy(
        "timeline", "A link leads nowhere any more: it lay unused, or an agency left."
    ),
    "referral.drafted": pgettext_lazy("timeline", "A referral was prepared."),
    "referral.redrafted": pgettext_lazy(
        "timeline", "A referral was changed before it was sent."
    ),
    "referral.previewed": pgettext_lazy("timeline", "A referral was looked through."),
    "referral.send": pgettext_lazy("timeline", "A referral was sent."),
    "referral.receive": pgettext_lazy("timeline", "A referral was seen by the receiver."),
    "referral.request_info": pgettext_lazy("timeline", "The receiver asked a question."),
    "referral.answer_info": pgettext_lazy("timeline", "The question was answered."),
    "referral.accept": pgettext_lazy("timeline", "A referral was accepted."),
    "referral.decline": pgettext_lazy("timeline", "A referral was declined."),
    "referral.expire": pgettext_lazy("timeline", "A referral expired without an answer."),
    "referral.first_contact": pgettext_lazy("timeline", "The receiver met the person."),
    "referral.complete": pgettext_lazy("timeline", "The service reported that it ended."),
    "referral.not_reached": pgettext_lazy("timeline", "The person could not be reached."),
    "referral.confirm": pgettext_lazy("timeline", "The person was asked whether help came."),
    "referral.withdraw": pgettext_lazy("timeline", "A referral was withdrawn."),
    "referral.assign": pgettext_lazy("timeline", "The receiver named who deals with it."),
    "referral.plan_handover": pgettext_lazy("timeline", "A meeting for the handover was set."),
    "referral.confirm_handover": pgettext_lazy("timeline", "The meeting was confirmed."),
    "referral.log_attempt": pgettext_lazy(
        "timeline", "The receiver tried to reach the person."
    ),
    "referral.message": pgettext_lazy("timeline", "A message about a referral was written."),
    "referral.acknowledge_recall": pgettext_lazy("timeline", "The recall was acknowledged."),
    "referral.see_disclosure": pgettext_lazy("timeline", "What was shared was looked at."),
    "referral.see_alternatives": pgettext_lazy("timeline", "Other services were looked at."),
    "referral.propose_onward": pgettext_lazy(
        "timeline", "The receiver proposed another service."
    ),
    "onward.approved": pgettext_lazy("timeline", "The proposed service was asked for help."),
    "onward.declined": pgettext_lazy("timeline", "The proposed service was not wanted."),
    "onward.ended": pgettext_lazy("timeline", "The proposal ended with its referral."),
    "case_request.asked": pgettext_lazy("timeline", "Another agency asked for the case."),
    "case_request.granted": pgettext_lazy("timeline", "A transfer was proposed in answer."),
    "case_request.refused": pgettext_lazy("timeline", "The case was not given to who asked."),
    "transfer.proposed": pgettext_lazy("timeline", "A transfer was proposed."),
    "transfer.accepted": pgettext_lazy("timeline", "The case was transferred."),
    "transfer.declined": pgettext_lazy("timeline", "A transfer was declined."),
    "transfer.withdrawn": pgettext_lazy("timeline", "A transfer was withdrawn."),
    "screening.begun": pgettext_lazy("timeline", "A screening was begun."),
    "screening.answered": pgettext_lazy("timeline", "Answers of a screening were written."),
    "screening.submitted": pgettext_lazy("timeline", "A screening was finished."),
    "screening.correct": pgettext_lazy("timeline", "A correction of a screening was begun."),
    "screening.discarded": pgettext_lazy("timeline", "A screening was thrown away."),
    "statement.written": pgettext_lazy("timeline", "What the person told was written down."),
    "identification.begin": pgettext_lazy("timeline", "Identification began."),
    "identification.submit": pgettext_lazy(
        "timeline", "The case was submitted for a decision."
    ),
    "identification.take_back": pgettext_lazy("timeline", "The submission was taken back."),
    "identification.decline": pgettext_lazy(
        "timeline", "The person does not want the formal procedure."
    ),
    "identification.resume": pgettext_lazy("timeline", "The formal procedure was taken up."),
    "identification.request_more": pgettext_lazy(
        "timeline", "The authority asked for more information."
    ),
    "identification.recognise": pgettext_lazy(
        "timeline", "The authority found it possible; the time for reflection began."
    ),
    "identification.reject": pgettext_lazy("timeline", "The authority did not confirm it."),
    "identification.confirm": pgettext_lazy("timeline", "The authority confirmed it."),
    "identification.reconsider": pgettext_lazy("timeline", "Another look was asked for."),
    "identification.extend": pgettext_lazy("timeline", "The time for reflection was extended."),
    "identification.reflection_over": pgettext_lazy(
        "timeline", "The time for reflection ended."
    ),
    "identification.window_over": pgettext_lazy(
        "timeline", "The time to ask for another look ended."
    ),
    "identification.decided": pgettext_lazy("timeline", "A decision was written down."),
    "identification.told": pgettext_lazy("timeline", "Somebody was told of a decision."),
    "duplicate.found": pgettext_lazy(
        "timeline", "A case of another agency may be about the same person."
    ),
    "duplicate.set_aside": pgettext_lazy(
        "timeline", "The case of another agency is about somebody else."
    ),
    "duplicate.asked": pgettext_lazy(
        "timeline", "The other agency was asked whether it is the same person."
    ),
    "duplicate.refused": pgettext_lazy("timeline", "The other agency did not agree to a link."),
    "duplicate.linked": pgettext_lazy(
        "timeline", "The case was linked with one of another agency."
    ),
    "duplicate.unlinked": pgettext_lazy("timeline", "The link with another agency was ended."),
    "plan.drafted": pgettext_lazy("timeline", "A plan was begun."),
    "plan.revised": pgettext_lazy("timeline", "The plan was changed."),
    "plan.agree": pgettext_lazy("timeline", "The plan was agreed on."),
    "plan.complete": pgettext_lazy("timeline", "The plan was completed."),
    "plan.stop": pgettext_lazy("timeline", "The plan was stopped."),
    "goal.set": pgettext_lazy("timeline", "A goal was set."),
    "goal.met": pgettext_lazy("timeline", "A goal was reached."),
    "goal.dropped": pgettext_lazy("timeline", "A goal was given up."),
    "action.set": pgettext_lazy("timeline", "A step of the plan was set."),
    "action.done": pgettext_lazy("timeline", "A step of the plan was done."),
    "action.dropped": pgettext_lazy("timeline", "A step of the plan was given up."),
    "check_in.made": pgettext_lazy("timeline", "Somebody asked the person how they are."),
    "review.held": pgettext_lazy("timeline", "A review was held."),
    "review.not_held": pgettext_lazy("timeline", "A review could not be held."),
    "review.follow_ups_set": pgettext_lazy("timeline", "Days for follow-ups were set."),
    "review.follow_ups_cancelled": pgettext_lazy("timeline", "The follow-ups were cancelled."),
    "alert.raised": pgettext_lazy("timeline", "A warning came up."),
    "alert.resolved": pgettext_lazy("timeline", "A warning was looked into."),
    "request.recorded": pgettext_lazy("timeline", "A request of the person was written down."),
    "request.confirm_identity": pgettext_lazy(
        "timeline", "It was confirmed who asks for the person's data."
    ),
    "request.safety": pgettext_lazy(
        "timeline", "The question of safety about a request was asked."
    ),
    "request.extended": pgettext_lazy(
        "timeline", "A request of the person was given more time."
    ),
    "request.answer": pgettext_lazy("timeline", "A request of the person was answered."),
    "request.refuse": pgettext_lazy("timeline", "A request of the person was refused."),
    "request.take_back": pgettext_lazy("timeline", "The person took a request back."),
    "pack.made": pgettext_lazy("timeline", "All that is kept was shown to the person."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline: what happened, to what, by whom and when."""

    entry: TimelineEntry
    what: Any
    detail: str
    about: str
    address: str
    agency: str


def told(entries: Iterable[TimelineEntry], actor: Member) -> list[Told]:
    """The entries in words, each with a way to what it is about, if that has a page."""
    lines = list(entries)
    codes = {entry.agency for entry in lines if entry.agency}
    names = dict(agencies_visible_to(actor).filter(code__in=codes).values_list("code", "name"))
    return [_line(entry, actor, names.get(entry.agency, entry.agency)) for entry in lines]


def _line(entry: TimelineEntry, actor: Member, agency: str) -> Told:
    return Told(
        entry=entry,
        what=EVENTS[entry.event],
        detail=labels.group(entry.facts["group"]) if "group" in entry.facts else "",
        about=entry.about,
        address=address_of(entry.about, actor),
        agency=agency,
    )
