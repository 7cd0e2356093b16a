"""When somebody has lost every second factor: one colleague asks, another approves, a day passes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from edge import stepup
from kernel.errors import Denied
from pages.door import actor_of, onward, page, posted
from pages.forms import Nothing
from signin import policy
from signin.actions import resets as acts


@page
@require_safe
def resets(request: HttpRequest) -> HttpResponse:
    """Those under way in one's agency, and the last that ended."""
    actor = actor_of(request)
    if actor.role not in policy.WATCHERS:
        raise Denied("role_may_not_reset_factors")
    rows = policy.resets_visible_to(actor).select_related(
        "member__agency", "asked_by", "approved_by"
    )
    found = [
        {"reset": each, "may_approve": _may_approve(actor, each)}
        for each in rows.order_by("-asked_at")[:50]
    ]
    return render(request, "pages/signin/resets.html", {"resets": found})


@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def reset_ask(request: HttpRequest, username: str) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(
        policy.watched_by(actor).select_related("agency"), username=username
    )
    policy.may_ask_reset(actor, found).require()
    form = Nothing(request.POST if request.method == "POST" else None)
    asked = posted(request, form, lambda _: acts.ask(member=found, by=actor, at=timezone.now()))
    if asked:
        said = gettext("It is asked for. Somebody else must approve it.")
        return onward(request, said, "resets")
    words = {
        "title": gettext("This member has lost every second factor"),
        "words": gettext(
            "See them in person, or call back on a number that you know: whoever asked you may be "
            "somebody else. A supervisor or another administrator approves it; a day later the "
            "member sets up new ones. The member is told at once."
        ),
        "form": form,
        "button": gettext("Ask for new ones"),
        "danger": True,
        "back": reverse("member_sessions", kwargs={"username": username}),
    }
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def reset_approve(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    reset = get_object_or_404(
        policy.resets_visible_to(actor).select_related("member__agency"), code=code
    )
    policy.may_approve_reset(actor, reset).require()
    form = Nothing(request.POST if request.method == "POST" else None)
    approved = posted(
        request, form, lambda _: acts.approve(reset=reset, by=actor, at=timezone.now())
    )
    if approved:
        return onward(request, gettext("It is approved. It takes effect in a day."), "resets")
    words = {
        "title": gettext("Approve that the second factors are taken away"),
        "words": gettext(
            "Speak with %(name)s yourself, in person or on a number that you know, before you "
            "approve it."
        )
        % {"name": reset.member.username},
        "form": form,
        "button": gettext("Approve"),
        "danger": True,
        "back": reverse("resets"),
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
def reset_stop(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    reset = get_object_or_404(policy.resets_visible_to(actor), code=code)
    acts.stop(reset=reset, by=actor, at=timezone.now())
    return onward(request, gettext("It is stopped."), "resets")


def _may_approve(actor: Any, reset: Any) -> bool:
    waits = reset.ended_at is None and reset.approved_at is None
    return waits and bool(policy.may_approve_reset(actor, reset))


urlpatterns = [
    path("resets/", resets, name="resets"),
    path("resets/<str:code>/approve/", reset_approve, name="reset_approve"),
    path("resets/<str:code>/stop/", reset_stop, name="reset_stop"),
    path("members/<str:username>/lost/", reset_ask, name="reset_ask"),
]
