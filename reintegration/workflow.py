"""Every move that support can make, who makes it, and from where; words of plans and reviews."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Step, Workflow, step


class State(TextChoices):
    NONE = "none", pgettext_lazy("support", "no plan yet")
    PLANNED = "planned", pgettext_lazy("support", "being planned")
    ACTIVE = "active", pgettext_lazy("support", "active")
    COMPLETED = "completed", pgettext_lazy("support", "completed")
    STOPPED = "stopped", pgettext_lazy("support", "stopped")


class Verb(StrEnum):
    PLAN = "plan"
    AGREE = "agree"
    COMPLETE = "complete"
    STOP = "stop"


class Party(StrEnum):
    WORKER = "worker"


def _step(verb: Verb, *sources: State, to: State) -> Step[State]:
    return step(verb, Party.WORKER, *sources, to=to)


FLOW: Workflow[State] = Workflow(
    _step(Verb.PLAN, State.NONE, State.COMPLETED, State.STOPPED, to=State.PLANNED),
    _step(Verb.AGREE, State.PLANNED, to=State.ACTIVE),
    _step(Verb.COMPLETE, State.ACTIVE, to=State.COMPLETED),
    _step(Verb.STOP, State.PLANNED, State.ACTIVE, to=State.STOPPED),
)
RUNNING = frozenset({State.PLANNED, State.ACTIVE})


class GoalState(TextChoices):
    OPEN = "open", pgettext_lazy("goal", "open")
    MET = "met", pgettext_lazy("goal", "met")
    DROPPED = "dropped", pgettext_lazy("goal", "given up")


class ActionState(TextChoices):
    OPEN = "open", pgettext_lazy("action", "to do")
    DONE = "done", pgettext_lazy("action", "done")
    DROPPED = "dropped", pgettext_lazy("action", "given up")


class ReviewKind(TextChoices):
    PLANNED = "planned", pgettext_lazy("review", "planned")
    EXTRA = "extra", pgettext_lazy("review", "asked for by a warning")
    FOLLOW_UP = "follow_up", pgettext_lazy("review", "after the case was closed")


class ReviewState(TextChoices):
    DUE = "due", pgettext_lazy("review", "due")
    HELD = "held", pgettext_lazy("review", "held")
    NOT_HELD = "not_held", pgettext_lazy("review", "could not be held")
    CANCELLED = "cancelled", pgettext_lazy("review", "cancelled")


class NotHeld(TextChoices):
    """Why a review or a follow-up could not be held."""

    NOT_REACHED = "not_reached", pgettext_lazy("review", "the person was not reached")
    NOT_WANTED = "not_wanted", pgettext_lazy("review", "the person did not want it")
    NOT_SAFE = "not_safe", pgettext_lazy("review", "it was not safe")
    DECEASED = "deceased", pgettext_lazy("review", "the person has died")


class Reached(TextChoices):
    """How a try to be in touch ended."""

    WELL = "well", pgettext_lazy("check-in", "reached, nothing new")
    NEEDS_HELP = "needs_help", pgettext_lazy("check-in", "reached, needs something")
    NO_ANSWER = "no_answer", pgettext_lazy("check-in", "not reached")
    NOT_SAFE = "not_safe", pgettext_lazy("check-in", "not safe to talk")


IN_TOUCH = frozenset({Reached.WELL, Reached.NEEDS_HELP})


class Rule(TextChoices):
    """When the service asks a human to look again."""

    MISSED_CHECK_IN = "missed_check_in", pgettext_lazy("warning", "a check-in was missed")
    MISSED_REVIEW = "missed_review", pgettext_lazy("warning", "a review was missed")
    LOST_CONTACT = "lost_contact", pgettext_lazy("warning", "several tries in a row failed")
    NOT_SAFE = "not_safe", pgettext_lazy("warning", "it was not safe to talk")
    NEEDS_HELP = "needs_help", pgettext_lazy("warning", "the person needs something")
    SCORE_DROP = "score_drop", pgettext_lazy("warning", "an area of life got much worse")
    UNSAFE = "unsafe", pgettext_lazy("warning", "safety is judged very low")
    SELF_BELOW_WORKER = (
        "self_below_worker",
        pgettext_lazy("warning", "the person sees it much darker than the worker"),
    )
    OVERDUE_ACTION = "overdue_action", pgettext_lazy("warning", "an action is long overdue")
