"""What a person may ask of their data, every move that such a request makes, and its code lists."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Workflow, step


class Kind(TextChoices):
    ACCESS = "access", pgettext_lazy("request", "to see what is kept")
    CORRECTION = "correction", pgettext_lazy("request", "to have something corrected")
    ERASURE = "erasure", pgettext_lazy("request", "to have it erased")
    RESTRICTION = "restriction", pgettext_lazy("request", "to have its use stopped for now")
    OBJECTION = "objection", pgettext_lazy("request", "an objection to its use")


class Way(TextChoices):
    """How it came."""

    IN_PERSON = "in_person", pgettext_lazy("request", "said in person")
    IN_WRITING = "in_writing", pgettext_lazy("request", "in writing")
    LAWYER = "lawyer", pgettext_lazy("request", "through a lawyer")
    GUARDIAN = "guardian", pgettext_lazy("request", "by a guardian")


class State(TextChoices):
    OPEN = "open", pgettext_lazy("request", "open")
    IDENTITY_CONFIRMED = (
        "identity_confirmed",
        pgettext_lazy("request", "it is certain who asks"),
    )
    ANSWERED = "answered", pgettext_lazy("request", "answered")
    REFUSED = "refused", pgettext_lazy("request", "refused")
    TAKEN_BACK = "taken_back", pgettext_lazy("request", "taken back by the person")


class KnownBy(TextChoices):
    """How it was confirmed who asks; always in person."""

    PERSONALLY = "personally", pgettext_lazy("request", "the worker knows the person")
    DOCUMENT = "document", pgettext_lazy("request", "a document was seen")
    CODE_WORD = "code_word", pgettext_lazy("request", "the person said the code word")


class Safety(TextChoices):
    """Whether the person was free when asking: a request can be the wish of whoever controls them."""

    ALONE = "alone", pgettext_lazy("request", "asked alone and free")
    TRUSTED = "trusted", pgettext_lazy("request", "asked with somebody of their own choice")
    NOT_SAFE = "not_safe", pgettext_lazy("request", "could not be asked safely")


class Outcome(TextChoices):
    DONE = "done", pgettext_lazy("request", "done as asked")
    PARTLY = "partly", pgettext_lazy("request", "done in part")
    NOTHING_KEPT = "nothing_kept", pgettext_lazy("request", "nothing of it is kept")


class RefusalGround(TextChoices):
    """GDPR art. 12(5) and (6), 15(4), 17(3), 18(2), 21(1)."""

    NOT_WHO_THEY_SAY = (
        "not_who_they_say",
        pgettext_lazy("request", "it is not certain who asks"),
    )
    UNFOUNDED = "unfounded", pgettext_lazy("request", "plainly without any ground")
    REPEATED = "repeated", pgettext_lazy("request", "asked again and again in a short time")
    RIGHTS_OF_OTHERS = (
        "rights_of_others",
        pgettext_lazy("request", "it would endanger somebody else"),
    )
    LEGAL_DUTY = "legal_duty", pgettext_lazy("request", "the law demands that it is kept")
    LEGAL_CLAIMS = "legal_claims", pgettext_lazy("request", "it is needed before a court")


class LongerBecause(TextChoices):
    """Art. 12(3): why two months more are needed, once."""

    MUCH = "much", pgettext_lazy("request", "there is very much to go through")
    MANY = "many", pgettext_lazy("request", "the person has asked for many things")


class Verb(StrEnum):
    CONFIRM_IDENTITY = "confirm_identity"
    ANSWER = "answer"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"


class Party(StrEnum):
    WORKER = "worker"
    SUPERVISOR = "supervisor"


# Until then the month runs.
RUNNING = frozenset({State.OPEN, State.IDENTITY_CONFIRMED})
FLOW: Workflow[State] = Workflow(
    step(Verb.CONFIRM_IDENTITY, Party.WORKER, State.OPEN, to=State.IDENTITY_CONFIRMED),
    step(Verb.ANSWER, Party.WORKER, State.IDENTITY_CONFIRMED, to=State.ANSWERED),
    step(Verb.REFUSE, Party.SUPERVISOR, *RUNNING, to=State.REFUSED),
    step(Verb.TAKE_BACK, Party.WORKER, *RUNNING, to=State.TAKEN_BACK),
)
# What was said to the safety question, without which nothing is handed over.
SAFE = frozenset({Safety.ALONE, Safety.TRUSTED})
