"""What must be clear before a case is closed, in words, each with where it is put right."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from cases import deadlines
from cases.models import Case
from pages.caseforms import CaseForm
from referral.actions import closing

# By the name that closing gives it: what should be so, and the page where it is made so.
POINTS: dict[str, tuple[Any, str]] = {
    "no_open_referral": (
        pgettext_lazy("checklist", "Every referral has ended."), "case_referrals",
    ),
    "no_decision_awaited": (
        pgettext_lazy("checklist", "No decision is waited for."), "identification",
    ),
    "decisions_told": (
        pgettext_lazy("checklist", "Everybody was told of the decisions."), "identification",
    ),
    "plan_ended": (pgettext_lazy("checklist", "The plan is completed or stopped."), "plan"),
    "alerts_resolved": (pgettext_lazy("checklist", "Every warning was looked into."), "plan"),
    "consents_ended": (pgettext_lazy("checklist", "Every consent has ended."), "consents"),
    "overrides_ended": (
        pgettext_lazy("checklist", "No sharing without consent is in force."), "consents",
    ),
    "no_open_transfer": (
        pgettext_lazy("checklist", "No transfer waits for an answer."), "transfers",
    ),
    "follow_ups_planned": (
        pgettext_lazy("checklist", "Follow-ups are planned."), "plan_follow_ups",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    words: Any
    clear: bool
    address: str


def points_of(case: Case, form: CaseForm, *, at: dt.datetime) -> list[Point]:
    """The checklist of the case, for the reason that the form holds, if it holds one."""
    closure = form.cleaned_data.get("closure", "") if form.is_bound else ""
    found = closing.checklist(case, closure, on=deadlines.today(case, at))
    return [
        Point(POINTS[name][0], clear, _address(case, name)) for name, clear in found.items()
    ]


def _address(case: Case, point: str) -> str:
    name = POINTS[point][1]
    if name == "plan_follow_ups":
        return reverse("case_verb", kwargs={"code": case.code, "verb": name})
    return reverse(name) if name == "transfers" else reverse(name, kwargs={"code": case.code})
