"""The acts on a case, each on a page of its own: one table, one view."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.models import Member
from cases import policy
from cases.actions import lifecycle
from cases.models import Case
from cases.policy import Verb
from cases.workflow import FLOW, State
from cases.workflow import Verb as Move
from pages import caseforms as forms
from pages.casefile import CaseFile, open_file
from pages.checklist import points_of
from pages.door import onward, page, posted
from referral.actions import closing

# The case, what the form holds, by whom and when; what came of it.
Do = Callable[[Case, dict[str, Any], Member, dt.datetime], Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: what the policy is asked, the form, what is done, and its words."""

    asked: Verb | Move
    form: type[forms.CaseForm]
    do: Do
    title: Any
    button: Any
    said: Any
    words: Any = ""
    template: str = "pages/act.html"


ACTS: dict[str, Act] = {
    "open": Act(
        Move.OPEN,
        forms.JustSo,
        lambda case, data, by, at: lifecycle.open_case(code=case.code, by=by, at=at),
        pgettext_lazy("case", "Open the case"),
        pgettext_lazy("case", "Open the case"),
        gettext_lazy("The case is open. Next, judge risks and needs."),
        gettext_lazy(
            "From now on the person is being helped, whatever a formal decision says later. The "
            "time runs in which risks and needs are to be judged."
        ),
    ),
    "assign": Act(
        Verb.ASSIGN,
        forms.Assign,
        lambda case, data, by, at: lifecycle.assign(code=case.code, **data, by=by, at=at),
        pgettext_lazy("case", "Assign a worker"),
        pgettext_lazy("case", "Assign"),
        gettext_lazy("The worker was told."),
        gettext_lazy("Who worked on the case until now will not see it any more."),
    ),
    "hand_over": Act(
        Verb.HAND_OVER,
        forms.HandOver,
        lambda case, data, by, at: lifecycle.hand_over(code=case.code, **data, by=by, at=at),
        pgettext_lazy("case", "Hand over to a colleague"),
        pgettext_lazy("case", "Hand over"),
        gettext_lazy("The case is handed over. Your colleague was told."),
        gettext_lazy("Your colleague takes the case over, with its open tasks and deadlines."),
    ),
    "tasks": Act(
        Verb.SET_TASK,
        forms.SetTask,
        lambda case, data, by, at: lifecycle.set_task(code=case.code, **data, by=by, at=at),
        pgettext_lazy("case", "Give a colleague a task"),
        pgettext_lazy("case", "Set the task"),
        gettext_lazy("The task is set. Your colleague was told."),
    ),
    "plan_follow_ups": Act(
        Verb.PLAN_FOLLOW_UPS,
        forms.FollowUps,
        lambda case, data, by, at: lifecycle.plan_follow_ups(
            code=case.code, **data, by=by, at=at
        ),
        pgettext_lazy("case", "Plan the follow-ups"),
        pgettext_lazy("case", "Plan"),
        gettext_lazy("The follow-ups are planned."),
        gettext_lazy("On which days will you ask after the person once help has ended?"),
    ),
    "follow_up": Act(
        Move.FOLLOW_UP,
        forms.JustSo,
        lambda case, data, by, at: lifecycle.follow_up(code=case.code, by=by, at=at),
        pgettext_lazy("case", "Help has ended"),
        pgettext_lazy("case", "Begin the follow-up"),
        gettext_lazy("Follow-up has begun."),
        gettext_lazy("From now on you only ask after the person. The case stays with you."),
    ),
    "close": Act(
        Move.CLOSE,
        forms.Close,
        lambda case, data, by, at: closing.close(code=case.code, **data, by=by, at=at),
        pgettext_lazy("case", "Close the case"),
        pgettext_lazy("case", "Close the case"),
        gettext_lazy("The case is closed."),
        template="pages/case/close.html",
    ),
    "reopen": Act(
        Move.REOPEN,
        forms.Reopen,
        lambda case, data, by, at: closing.reopen(code=case.code, **data, by=by, at=at),
        pgettext_lazy("case", "Open the case again"),
        pgettext_lazy("case", "Open it again"),
        gettext_lazy("The case is open again."),
    ),
    "change": Act(
        Verb.WRITE,
        forms.Change,
        lambda case, data, by, at: lifecycle.change(
            code=case.code, version=data.pop("version"), facts=data, by=by, at=at
        ),
        pgettext_lazy("case", "Change the risk or the source"),
        pgettext_lazy("case", "Save"),
        gettext_lazy("Saved."),
    ),
}


@page
@require_http_methods(["GET", "POST"])
def case_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One act on a case: asked for, and done."""
    if verb not in ACTS:
        raise Http404
    act, file = ACTS[verb], open_file(request, code, own=True)
    _require(file, act.asked)
    sent = request.POST if request.method == "POST" else None
    form, at = act.form(sent, actor=file.actor, case=file.case), timezone.now()
    if posted(request, form, lambda data: act.do(file.case, data, file.actor, at)):
        return _next(request, file, act)
    words = {
        "title": act.title, "words": act.words, "button": act.button, "form": form,
        "back": reverse("case", kwargs={"code": code}),
        "points": points_of(file.case, form, at=at) if verb == "close" else [],
    }  # fmt: skip
    return render(request, act.template, words)


def _require(file: CaseFile, asked: Verb | Move) -> None:
    """Refuse what this reader may not do, or nobody may do in the case's state."""
    if isinstance(asked, Move):
        policy.may_move(file.actor, asked, file.case, own=True).require()
        FLOW.step(asked, state=State(file.case.state))
    else:
        policy.may(file.actor, asked, file.case, own=True).require()


def _next(request: HttpRequest, file: CaseFile, act: Act) -> HttpResponse:
    """Back to the case; to the list, where it was given out of the reader's sight."""
    if policy.visible_to(file.actor).filter(pk=file.case.pk).exists():
        return onward(request, act.said, "case", code=file.case.code)
    return onward(request, act.said, "cases")


urlpatterns = [path("cases/<str:code>/do/<str:verb>/", case_verb, name="case_verb")]
