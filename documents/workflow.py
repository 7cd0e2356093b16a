"""What becomes of a document: the table of its steps, and why one is refused or taken back."""

from enum import StrEnum

from django.db import models
from django.utils.translation import pgettext_lazy

from kernel.workflow import Step, Workflow


class State(models.TextChoices):
    QUARANTINED = "quarantined", pgettext_lazy("document", "waiting to be checked")
    CLEAN = "clean", pgettext_lazy("document", "checked")
    REJECTED = "rejected", pgettext_lazy("document", "refused by the check")
    RETRACTED = "retracted", pgettext_lazy("document", "taken back")
    ERASED = "erased", pgettext_lazy("document", "erased")


class Verb(StrEnum):
    CLEAR = "clear"
    REJECT = "reject"
    RETRACT = "retract"
    ERASE = "erase"


class Party(StrEnum):
    CHECK = "check"
    OWNER = "owner"
    ERASURE = "erasure"


class Fault(models.TextChoices):
    """Why the check refuses a file."""

    INFECTED = "infected", pgettext_lazy("document", "It holds malicious software.")
    MALFORMED = "malformed", pgettext_lazy("document", "It cannot be read: the file is broken.")
    LOCKED = "locked", pgettext_lazy("document", "It is locked by a password.")
    TOO_MANY_PIXELS = (
        "too_many_pixels",
        pgettext_lazy("document", "The picture is larger than 40 megapixels."),
    )
    TOO_MANY_PAGES = (
        "too_many_pages",
        pgettext_lazy("document", "It has more than 200 pages."),
    )
    TOO_HEAVY = "too_heavy", pgettext_lazy("document", "It takes too much to be read.")


class Retraction(models.TextChoices):
    """Why a document is taken back."""

    WRONG_FILE = "wrong_file", pgettext_lazy("document", "It is the wrong file")
    WRONG_PERSON = "wrong_person", pgettext_lazy("document", "It is about somebody else")
    NOT_WANTED = "not_wanted", pgettext_lazy("document", "The person does not want it kept")
    OUTDATED = "outdated", pgettext_lazy("document", "It is outdated")


KEPT = frozenset({State.QUARANTINED, State.CLEAN, State.REJECTED})
FLOW: Workflow[State] = Workflow(
    Step(Verb.CLEAR, frozenset({State.QUARANTINED}), State.CLEAN, Party.CHECK),
    Step(Verb.REJECT, frozenset({State.QUARANTINED}), State.REJECTED, Party.CHECK),
    Step(Verb.RETRACT, KEPT, State.RETRACTED, Party.OWNER),
    Step(Verb.ERASE, KEPT | {State.RETRACTED}, State.ERASED, Party.ERASURE),
)
