"""What a deadline or a task asks of somebody, in words: of the reader, or of those they wait for."""

from typing import Any

from django.utils.translation import pgettext_lazy

from notify.models import Clock

# For each clock: what the reader's side has to do, and what the reader waits for.
CLOCKS: dict[str, tuple[Any, Any]] = {
    Clock.Purpose.REPLY: (
        pgettext_lazy("duty", "Say whether you can help"),
        pgettext_lazy("waiting", "They are to say whether they can help"),
    ),
    Clock.Purpose.CONTACT: (
        pgettext_lazy("duty", "Meet the person for the first time"),
        pgettext_lazy("waiting", "They are to meet the person"),
    ),
    Clock.Purpose.RECALL: (
        pgettext_lazy("duty", "Say that you have read the recall"),
        pgettext_lazy("waiting", "They are to say that they have read the recall"),
    ),
    Clock.Purpose.ASSESSMENT: (
        pgettext_lazy("duty", "Assess what the person needs"),
        pgettext_lazy("waiting", "The needs are to be assessed"),
    ),
    Clock.Purpose.GUARDIAN: (
        pgettext_lazy("duty", "Find a guardian for the child"),
        pgettext_lazy("waiting", "A guardian is to be found"),
    ),
    Clock.Purpose.DECISION: (
        pgettext_lazy("duty", "Decide on what was submitted"),
        pgettext_lazy("waiting", "They are to decide on what was submitted"),
    ),
    Clock.Purpose.REFLECTION: (
        pgettext_lazy("duty", "The time for reflection ends"),
        pgettext_lazy("waiting", "The time for reflection ends"),
    ),
    Clock.Purpose.CONCLUSION: (
        pgettext_lazy("duty", "Decide now that the time for reflection is over"),
        pgettext_lazy("waiting", "They are to decide after the time for reflection"),
    ),
    Clock.Purpose.TELLING: (
        pgettext_lazy("duty", "Tell the person of the decision"),
        pgettext_lazy("waiting", "The person is to be told of the decision"),
    ),
    Clock.Purpose.RECONSIDERATION: (
        pgettext_lazy("duty", "The last day to ask for another look"),
        pgettext_lazy("waiting", "The last day to ask for another look"),
    ),
    Clock.Purpose.PLAN: (
        pgettext_lazy("duty", "Agree on a plan with the person"),
        pgettext_lazy("waiting", "A plan is to be agreed on"),
    ),
    Clock.Purpose.ACTION: (
        pgettext_lazy("duty", "Do a step of the plan"),
        pgettext_lazy("waiting", "A step of the plan is to be done"),
    ),
    Clock.Purpose.CHECK_IN: (
        pgettext_lazy("duty", "Ask the person how they are"),
        pgettext_lazy("waiting", "The person is to be asked how they are"),
    ),
    Clock.Purpose.REVIEW: (
        pgettext_lazy("duty", "Look at the plan again with the person"),
        pgettext_lazy("waiting", "The plan is to be looked at again"),
    ),
    Clock.Purpose.FOLLOW_UP: (
        pgettext_lazy("duty", "Follow up after the case was closed"),
        pgettext_lazy("waiting", "A follow-up is to be made"),
    ),
    Clock.Purpose.CASE_REQUEST: (
        pgettext_lazy("duty", "Answer an agency that asks for a case"),
        pgettext_lazy("waiting", "They are to answer about the case you asked for"),
    ),
    Clock.Purpose.TRANSFER: (
        pgettext_lazy("duty", "Say whether you take over the case"),
        pgettext_lazy("waiting", "They are to say whether they take over the case"),
    ),
    Clock.Purpose.DEMAND: (
        pgettext_lazy("duty", "Erase what you were shown, and say so"),
        pgettext_lazy("waiting", "They are to say what they have erased"),
    ),
    Clock.Purpose.HOLD: (
        pgettext_lazy("duty", "Look at the hold again"),
        pgettext_lazy("waiting", "A hold is to be looked at again"),
    ),
    Clock.Purpose.GLASS_REVIEW: (
        pgettext_lazy("duty", "Look at a case that was opened in an emergency"),
        pgettext_lazy("waiting", "They are to look at a case that was opened in an emergency"),
    ),
    Clock.Purpose.ONWARD: (
        pgettext_lazy("duty", "Say whether somebody else may help as well"),
        pgettext_lazy("waiting", "They are to say whether somebody else may help as well"),
    ),
    Clock.Purpose.SUBJECT_REQUEST: (
        pgettext_lazy("duty", "Answer what the person asks about their data"),
        pgettext_lazy("waiting", "The person is to be answered about their data"),
    ),
}
# The clocks by which somebody waits for a yes or a no of the reader.
ANSWERS = frozenset(
    {
        Clock.Purpose.REPLY,
        Clock.Purpose.RECALL,
        Clock.Purpose.CASE_REQUEST,
        Clock.Purpose.TRANSFER,
        Clock.Purpose.ONWARD,
        Clock.Purpose.DECISION,
        Clock.Purpose.CONCLUSION,
    }
)
TASKS: dict[str, Any] = {
    "own_words": pgettext_lazy("task", "A colleague asks you for something: read the note"),
    "assign_case": pgettext_lazy("task", "Say who is to work on the case"),
    "name_contact": pgettext_lazy("task", "Name somebody new for the person to turn to"),
    "reroute": pgettext_lazy("task", "Find other help: this referral came to nothing"),
    "answer_question": pgettext_lazy("task", "Answer the question about the referral"),
    "confirm_with_person": pgettext_lazy("task", "Ask the person whether the help came"),
    "answer_onward": pgettext_lazy("task", "Say whether somebody else may help as well"),
    "answer_case_request": pgettext_lazy("task", "Answer an agency that asks for a case"),
    "answer_authority": pgettext_lazy("task", "Send the authority what it asks for"),
    "appoint_guardian": pgettext_lazy("task", "Find a guardian for the child"),
    "age_was_learned": pgettext_lazy("task", "The age is known now: look at the case again"),
    "look_at_duplicate": pgettext_lazy("task", "Look whether two cases are about one person"),
    "answer_duplicate": pgettext_lazy(
        "task", "Answer an agency that may work with the same person"
    ),
    "review_alert": pgettext_lazy("task", "Look at a warning and say what follows"),
    "reach_person": pgettext_lazy("task", "Reach the person in the safe hours"),
    "decide_admission": pgettext_lazy("task", "Decide whether an agency takes part"),
    "renew_link": pgettext_lazy("task", "Give them a new link: theirs leads nowhere any more"),
    "refresher": pgettext_lazy("task", "Look again at what you have learned"),
    "dead_letter": pgettext_lazy("task", "A message could not be delivered"),
    "notice.nobody_told": pgettext_lazy("task", "Nobody was there to be told of something"),
    "access.differs": pgettext_lazy("task", "Who sees a case is not as the rule says"),
}
SOMETHING = pgettext_lazy("task", "Something to do")
# Tasks that have no clock and wait for an answer of the reader.
QUESTIONS = frozenset({"answer_question", "answer_authority"})


def of_clock(purpose: str, *, ours: bool) -> Any:
    duty, waiting = CLOCKS[purpose]
    return duty if ours else waiting


def of_task(kind: str) -> Any:
    return TASKS.get(kind, SOMETHING)
