"""Every move that identification can make, who makes it, and from where; words of a screening."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Workflow, step


class State(TextChoices):
    NONE = "none", pgettext_lazy("identification", "not begun")
    SCREENING = "screening", pgettext_lazy("identification", "screening")
    SUBMITTED = "submitted", pgettext_lazy("identification", "waits for a decision")
    POSSIBLE = "possible", pgettext_lazy("identification", "possible victim, reflection period")
    CONFIRMED = "confirmed", pgettext_lazy("identification", "victim")
    NOT_CONFIRMED = "not_confirmed", pgettext_lazy("identification", "not confirmed")
    DECLINED = "declined", pgettext_lazy("identification", "formal procedure not wanted")


class Verb(StrEnum):
    BEGIN = "begin"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    DECLINE = "decline"
    RESUME = "resume"
    REQUEST_MORE = "request_more"
    RECOGNISE = "recognise"
    REJECT = "reject"
    CONFIRM = "confirm"
    RECONSIDER = "reconsider"


class Party(StrEnum):
    WORKER = "worker"
    OFFICER = "officer"


FLOW: Workflow[State] = Workflow(
    step(Verb.BEGIN, Party.WORKER, State.NONE, to=State.SCREENING),
    step(Verb.SUBMIT, Party.WORKER, State.SCREENING, to=State.SUBMITTED),
    # The person may leave the procedure before anything is decided, and come back to it.
    step(Verb.TAKE_BACK, Party.WORKER, State.SUBMITTED, to=State.SCREENING),
    step(Verb.DECLINE, Party.WORKER, State.SCREENING, to=State.DECLINED),
    step(Verb.RESUME, Party.WORKER, State.DECLINED, to=State.SCREENING),
    step(Verb.REQUEST_MORE, Party.OFFICER, State.SUBMITTED, to=State.SCREENING),
    step(Verb.RECOGNISE, Party.OFFICER, State.SUBMITTED, to=State.POSSIBLE),
    step(Verb.REJECT, Party.OFFICER, State.SUBMITTED, State.POSSIBLE, to=State.NOT_CONFIRMED),
    step(Verb.CONFIRM, Party.OFFICER, State.POSSIBLE, to=State.CONFIRMED),
    step(Verb.RECONSIDER, Party.WORKER, State.NOT_CONFIRMED, to=State.SUBMITTED),
)
# While the competent authority has it on its desk, and may read what is consented to.
ON_THE_DESK = frozenset({State.SUBMITTED, State.POSSIBLE})
# Nobody goes these ways for a child, or for somebody whose age is unknown.
ADULTS_ONLY = frozenset({Verb.DECLINE})
DECISIONS = frozenset({Verb.REQUEST_MORE, Verb.RECOGNISE, Verb.REJECT, Verb.CONFIRM})

# What HTCDS calls each state (vic_TraffickingStatus); before a decision it has no name for it.
HTCDS_STATUS: dict[State, str] = {
    State.SUBMITTED: "PossibleVictimOfTrafficking",
    State.POSSIBLE: "PossibleVictimOfTrafficking",
    State.CONFIRMED: "ActualVictimOfTrafficking",
    State.NOT_CONFIRMED: "NotAVictimOfTrafficking",
}


class ScreeningState(TextChoices):
    DRAFT = "draft", pgettext_lazy("screening", "being filled in")
    SUBMITTED = "submitted", pgettext_lazy("screening", "filled in")
    DISCARDED = "discarded", pgettext_lazy("screening", "discarded")


class Answer(TextChoices):
    YES = "yes", pgettext_lazy("answer", "yes")
    NO = "no", pgettext_lazy("answer", "no")
    UNKNOWN = "unknown", pgettext_lazy("answer", "not known")
    NOT_ASKED = "not_asked", pgettext_lazy("answer", "not asked")


class Basis(TextChoices):
    """Where an answer comes from. Only what is `told` asked anything of the person."""

    TOLD = "told", pgettext_lazy("basis", "the person said so")
    SEEN = "seen", pgettext_lazy("basis", "the worker saw it")
    DOCUMENT = "document", pgettext_lazy("basis", "a document says so")
    OTHERS = "others", pgettext_lazy("basis", "somebody else said so")
    EARLIER = "earlier", pgettext_lazy("basis", "from an earlier answer")


class Stage(TextChoices):
    PRELIMINARY = "preliminary", pgettext_lazy("decision", "reasonable grounds")
    CONCLUSIVE = "conclusive", pgettext_lazy("decision", "conclusive")
    RECONSIDERATION = "reconsideration", pgettext_lazy("decision", "reconsideration")


class Result(TextChoices):
    POSITIVE = "positive", pgettext_lazy("decision", "positive")
    NEGATIVE = "negative", pgettext_lazy("decision", "negative")
    MORE_INFORMATION = "more_information", pgettext_lazy("decision", "more information")


class Whom(TextChoices):
    PERSON = "person", pgettext_lazy("notice", "the person")
    GUARDIAN = "guardian", pgettext_lazy("notice", "the guardian")


class Population(TextChoices):
    """For whom an instrument is made. An adult's is never used for a child."""

    ADULT = "adult", pgettext_lazy("population", "adults")
    CHILD = "child", pgettext_lazy("population", "children")
    ANY = "any", pgettext_lazy("population", "people of any age")
