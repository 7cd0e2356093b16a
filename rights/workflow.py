"""How a batch of erasures comes about, and how a demand to erase is answered."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Workflow, step


class BatchState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("batch", "proposed")
    AGREED = "agreed", pgettext_lazy("batch", "agreed to, waits for data protection")
    APPROVED = "approved", pgettext_lazy("batch", "approved, being carried out")
    DONE = "done", pgettext_lazy("batch", "carried out")
    REFUSED = "refused", pgettext_lazy("batch", "refused")


class BatchVerb(StrEnum):
    AGREE = "agree"
    APPROVE = "approve"
    REFUSE = "refuse"
    FINISH = "finish"


class Party(StrEnum):
    """The first of the two knows the people; the second knows the law, and may stand in for the
    first."""

    AGENCY = "agency"
    PROTECTION = "data_protection"
    CLOCK = "clock"


BATCH: Workflow[BatchState] = Workflow(
    step(BatchVerb.AGREE, Party.AGENCY, BatchState.PROPOSED, to=BatchState.AGREED),
    step(BatchVerb.APPROVE, Party.PROTECTION, BatchState.AGREED, to=BatchState.APPROVED),
    step(
        BatchVerb.REFUSE,
        Party.AGENCY,
        BatchState.PROPOSED,
        BatchState.AGREED,
        to=BatchState.REFUSED,
    ),
    step(BatchVerb.FINISH, Party.CLOCK, BatchState.APPROVED, to=BatchState.DONE),
)


# Not carried out and not refused.
WAITING = frozenset(BatchState) - BATCH.terminal(BatchState)


class ItemState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("batch item", "to be erased")
    KEPT_BACK = "kept_back", pgettext_lazy("batch item", "kept for now")
    ERASED = "erased", pgettext_lazy("batch item", "erased")
    PASSED_OVER = "passed_over", pgettext_lazy("batch item", "not erased")


class KeptBecause(TextChoices):
    """Why somebody who could be erased is kept for a time: GDPR, art. 17 (3), and sense."""

    STILL_NEEDED = "still_needed", pgettext_lazy("kept", "the person may still come back")
    LEGAL_DUTY = "legal_duty", pgettext_lazy("kept", "a law says to keep it")
    CLAIM = "claim", pgettext_lazy("kept", "a claim is possible")
    WRONG_RULE = "wrong_rule", pgettext_lazy("kept", "the rule does not fit this person")


class Answer(TextChoices):
    """What an agency says that was asked to erase what it had been shown."""

    ERASED = "erased", pgettext_lazy("demand", "we have erased what we had")
    NOTHING_KEPT = "nothing_kept", pgettext_lazy("demand", "we kept nothing")
    OWN_FILE = (
        "own_file",
        pgettext_lazy("demand", "the person is our own client: we keep our own file"),
    )
    LEGAL_DUTY = "legal_duty", pgettext_lazy("demand", "a law makes us keep it")
