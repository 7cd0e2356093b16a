"""The goals of a plan and what is done for them: set an action, and say how each ended."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies.models import Agency, Member
from pages import planforms as forms
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, page, posted
from pages.plan import act_page, back, plan_address
from reintegration import policy, reading
from reintegration.actions import planning
from reintegration.models import Goal


@page
@require_http_methods(["GET", "POST"])
def action_new(request: HttpRequest, code: str) -> HttpResponse:
    file, goal = _goal(request, code)
    agencies = _agencies(file.actor)
    form = forms.SetAction(
        request.POST if request.method == "POST" else None, agencies=agencies
    )
    made = posted(
        request,
        form,
        lambda data: planning.set_action(
            code=code,
            text=data["text"],
            responsible=next(each for each in agencies if each.code == data["responsible"]),
            due_on=data["due_on"],
            by=file.actor,
            at=timezone.now(),
        ),
    )
    if made:
        return back(request, gettext_lazy("It is written into the plan."), file.case)
    title = pgettext_lazy("plan", "Add what is to be done")
    return _page(request, file, goal, form, title)


@page
@require_http_methods(["GET", "POST"])
def goal_end(request: HttpRequest, code: str) -> HttpResponse:
    file, goal = _goal(request, code)
    form = forms.EndGoal(request.POST if request.method == "POST" else None)
    made = posted(
        request,
        form,
        lambda data: planning.end_goal(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        return back(request, gettext_lazy("The goal is ended."), file.case)
    return _page(request, file, goal, form, pgettext_lazy("plan", "End a goal"))


@page
@require_http_methods(["GET", "POST"])
def action_end(request: HttpRequest, code: str) -> HttpResponse:
    rows = policy.actions_visible_to(actor_of(request)).select_related("goal")
    file, goal = _goal(request, get_object_or_404(rows, code=code).goal.code)
    form = forms.EndAction(request.POST if request.method == "POST" else None)
    made = posted(
        request,
        form,
        lambda data: planning.finish_action(
            code=code, **data, by=file.actor, at=timezone.now()
        ),
    )
    if made:
        return back(request, gettext_lazy("It is written down."), file.case)
    title = pgettext_lazy("plan", "How did it go?")
    return _page(request, file, goal, form, title, about=code)


def _goal(request: HttpRequest, code: str) -> tuple[CaseFile, Goal]:
    rows = policy.goals_visible_to(actor_of(request)).select_related("plan__case")
    goal = get_object_or_404(rows, code=code)
    file = open_file(request, goal.plan.case.code, own=True)
    goal.plan.case = file.case
    return file, goal


def _page(
    request: HttpRequest, file: CaseFile, goal: Goal, form: Any, title: Any, about: str = ""
) -> HttpResponse:
    """The form; above it what it is about, where the reader had that open already."""
    text = ""
    if request.GET.get("open") == "words":
        text = reading.words_of_plan(file.actor, goal.plan, [goal])[about or goal.code]
    to = plan_address(request, file.case)
    return act_page(request, file, form, title, to, goal=goal, about=text)


def _agencies(actor: Member) -> list[Agency]:
    """One's own first: most is done by oneself."""
    rows = agency_policy.agencies_visible_to(actor).order_by("name", "pk")
    return sorted(rows, key=lambda each: each.pk != actor.agency_id)


urlpatterns = [
    path("goals/<str:code>/actions/new/", action_new, name="action_new"),
    path("goals/<str:code>/end/", goal_end, name="goal_end"),
    path("actions/<str:code>/end/", action_end, name="action_end"),
]
