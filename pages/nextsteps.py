"""What may be done with a case next, as buttons; and what may not be done now, with the reason."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from cases.models import Case
from cases.workflow import State


@dataclass(frozen=True, slots=True)
class Step:
    """What the policy calls it, what a button calls it, and where it is done."""

    verb: str
    words: Any
    name: str
    act: str = ""

    def address(self, case: Case) -> str:
        where = {"code": case.code} | ({"verb": self.act} if self.act else {})
        return reverse(self.name, kwargs=where)


STEPS: dict[str, Step] = {
    "open": Step("open", pgettext_lazy("step", "Open the case"), "case_verb", "open"),
    "intake": Step("write", pgettext_lazy("step", "Go on with the intake"), "intake_sections"),
    "assess": Step("assess", pgettext_lazy("step", "Judge risks and needs"), "assess"),
    "screen": Step("screen", pgettext_lazy("step", "Look for signs"), "screenings"),
    "consent": Step("consent", pgettext_lazy("step", "Ask for consent"), "consent_new"),
    "refer": Step("refer", pgettext_lazy("step", "Ask another agency for help"), "refer"),
    "support": Step("support", pgettext_lazy("step", "Plan what comes next"), "plan"),
    "identify": Step(
        "identify", pgettext_lazy("step", "Formal identification"), "identification"
    ),
    "record": Step("record", pgettext_lazy("step", "Safety plan and records"), "records"),
    "review": Step("review", pgettext_lazy("step", "Ask after the person"), "plan"),
    "note": Step("note", pgettext_lazy("step", "Write a note"), "notes"),
    "set_task": Step(
        "set_task", pgettext_lazy("step", "Give a colleague a task"), "case_verb", "tasks"
    ),
    "write": Step(
        "write", pgettext_lazy("step", "Change the risk or the source"), "case_verb", "change"
    ),
    "hand_over": Step(
        "hand_over", pgettext_lazy("step", "Hand over to a colleague"), "case_verb", "hand_over"
    ),
    "assign": Step("assign", pgettext_lazy("step", "Assign a worker"), "case_verb", "assign"),
    "propose_transfer": Step(
        "propose_transfer", pgettext_lazy("step", "Transfer to another agency"), "transfer_new"
    ),
    "plan_follow_ups": Step(
        "plan_follow_ups",
        pgettext_lazy("step", "Plan the follow-ups"),
        "case_verb",
        "plan_follow_ups",
    ),
    "follow_up": Step(
        "follow_up", pgettext_lazy("step", "Help has ended"), "case_verb", "follow_up"
    ),
    "close": Step("close", pgettext_lazy("step", "Close the case"), "case_verb", "close"),
    "reopen": Step("reopen", pgettext_lazy("step", "Open it again"), "case_verb", "reopen"),
}
# What is usual in each state, the most pressing first.
USUAL: dict[str, tuple[str, ...]] = {
    State.DRAFT: ("open", "intake", "screen", "consent"),
    State.OPEN: ("assess", "screen", "consent", "refer", "support"),
    State.FOLLOW_UP: ("review", "plan_follow_ups", "close"),
    State.CLOSED: ("review", "reopen"),
}
Button = tuple[Any, str]


@dataclass(frozen=True, slots=True)
class Steps:
    """The words of each step with its address: what is usual now, and what else may be done.
    With its reason instead: what may not be done."""

    usual: list[Button]
    more: list[Button]
    not_now: list[Button]


def steps_of(
    case: Case, now: Collection[str], not_now: Mapping[str, str], *, assessed: bool
) -> Steps:
    """The steps of the case, given what the policy allows and why it does not allow the rest."""
    possible = [name for name, step in STEPS.items() if step.verb in now]
    usual = [name for name in _pressing(case, assessed=assessed) if name in possible]
    more = [name for name in possible if name not in usual]
    rest = [step for step in STEPS.values() if step.verb in not_now]
    return Steps(
        usual=[(STEPS[name].words, STEPS[name].address(case)) for name in usual],
        more=[(STEPS[name].words, STEPS[name].address(case)) for name in more],
        not_now=[(step.words, not_now[step.verb]) for step in rest],
    )


def _pressing(case: Case, *, assessed: bool) -> list[str]:
    # A case without a worker needs one before all else; what is judged waits for nobody.
    first = [] if case.worker_id else ["assign"]
    usual = USUAL[case.state]
    return first + [name for name in usual if not (assessed and name == "assess")]
