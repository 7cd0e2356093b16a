"""The work list, which is where everybody begins; the bell; and the sign that one is still there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from agencies.models import Member
from cases.policy import may_register
from network import policy as network
from notify import actions, policy
from pages import worklist
from pages.door import actor_of, done, next_of, page
from pages.forms import Nothing
from pages.frame import MENU

# As many announcements stand on the first page at once; the rest is a page further.
MOST_ANNOUNCED = 3
# What the other pages of the menu are for, said to those whose work lies there.
ABOUT: dict[str, Any] = {
    "team": gettext_lazy("What waits for your decision, and who works on what"),
    "desk": gettext_lazy("What was submitted for a decision, with its deadlines"),
    "national": gettext_lazy("What is late in the land, and how referrals fare"),
    "approvals": gettext_lazy("What takes two persons, and emergency openings to look at"),
    "protection": gettext_lazy("Consents, sharing without consent, and who sees a case"),
    "log": gettext_lazy("Who has read and changed what"),
    "seals": gettext_lazy("Whether the log is in order"),
    "agencies": gettext_lazy("The agencies, and how long their protocols are in force"),
    "members": gettext_lazy("Who works here, in which role; invitations"),
    "services": gettext_lazy("What help there is, where and for whom"),
}


@page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All that waits, a few lines of each kind; or one kind, whole."""
    actor = actor_of(request)
    sections = worklist.sections(actor, timezone.now())
    chosen = [each for each in sections if each.name == request.GET.get("show", "")]
    words = {
        "sections": sections,
        "chosen": chosen[0] if chosen else None,
        "busy": any(each.rows for each in sections),
        "may_register": bool(may_register(actor)),
        "places": _places(actor),
        "announced": network.waiting_for(actor, at=timezone.now()).order_by("-pk")[
            :MOST_ANNOUNCED
        ],
    }
    return render(request, "pages/home/list.html", words)


def _places(actor: Member) -> list[tuple[str, Any, Any]]:
    return [
        (name, title, ABOUT[name])
        for name, title, roles in MENU
        if name in ABOUT and actor.role in roles
    ]


@page
@require_POST
def task_done(request: HttpRequest, code: str) -> HttpResponse:
    """Mark a task as done, and stay where one was."""
    actor = actor_of(request)
    task = get_object_or_404(policy.tasks_visible_to(actor), code=code)
    form = Nothing(request.POST)
    made = done(form, lambda _: actions.finish_task(task=task, by=actor, at=timezone.now()))
    if made:
        messages.success(request, gettext("The task is done."))
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return HttpResponseRedirect(next_of(request))


@page
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/bell.html")


@page
@require_safe
def stay(request: HttpRequest) -> HttpResponse:
    """Say that one is still there: the session lasts on."""
    return HttpResponse(status=204)


urlpatterns = [
    path("", home, name="home"),
    path("bell/", bell, name="bell"),
    path("stay/", stay, name="stay"),
    path("tasks/<str:code>/done/", task_done, name="task_done"),
]
