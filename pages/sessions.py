"""Where one is signed in, and ending that; and the same for who watches over a member's account."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from agencies.models import Member
from edge import sessions as kept
from pages.door import actor_of, onward, page
from pages.enrolling import session_of
from pages.signwords import device
from signin import policy, queries
from signin.actions import ending


@page
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    words = {"sessions": _lines(actor_of(request)), "here": session_of(request)}
    return render(request, "pages/signin/sessions.html", words)


@page
@require_POST
def session_end(request: HttpRequest, code: str) -> HttpResponse:
    ending.end_own(code=code, by=actor_of(request))
    return onward(request, gettext("That session has ended."), "sessions")


@page
@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    ending.end_others(session=session_of(request), by=actor_of(request))
    return onward(request, gettext("All other sessions have ended."), "sessions")


@page
@require_safe
def member_sessions(request: HttpRequest, username: str) -> HttpResponse:
    """Where a member is signed in, and with which keys to the API their programs come."""
    found = _watched(request, username)
    words = {
        "found": found,
        "sessions": _lines(found),
        "tokens": queries.tokens_of(found, at=timezone.now()),
        "may_reset": bool(policy.may_ask_reset(actor_of(request), found)),
        "reset": queries.open_reset(found),
    }
    return render(request, "pages/signin/member_sessions.html", words)


@page
@require_POST
def member_sessions_end(request: HttpRequest, username: str) -> HttpResponse:
    """Sign a member out everywhere, at once: a device was lost, or somebody else sits at it."""
    found = _watched(request, username)
    ended = ending.end_all(member=found, by=actor_of(request))
    said = ngettext("%(count)s session has ended.", "%(count)s sessions have ended.", ended) % {
        "count": ended
    }
    return onward(request, said, "member_sessions", username=username)


@page
@require_POST
def member_token_end(request: HttpRequest, username: str, code: str) -> HttpResponse:
    found = _watched(request, username)
    token = get_object_or_404(queries.tokens_of(found, at=timezone.now()), code=code)
    ending.end_token(token=token, by=actor_of(request))
    said = gettext("The key is taken away.")
    return onward(request, said, "member_sessions", username=username)


def _watched(request: HttpRequest, username: str) -> Member:
    rows = policy.watched_by(actor_of(request)).select_related("agency")
    return get_object_or_404(rows, username=username)


def _lines(member: Member) -> list[dict[str, Any]]:
    """The sessions as they are shown: never with anything by which one could come in."""
    rows = kept.live_of(member.pk, at=timezone.now())
    return [
        {
            "code": row.code,
            "device": device(row.device),
            "begun_at": row.begun_at,
            "seen_at": row.seen_at,
        }
        for row in rows
    ]


urlpatterns = [
    path("me/sessions/", sessions, name="sessions"),
    path("me/sessions/end-others/", sessions_end_others, name="sessions_end_others"),
    path("me/sessions/<str:code>/end/", session_end, name="session_end"),
    path("members/<str:username>/sessions/", member_sessions, name="member_sessions"),
    path(
        "members/<str:username>/sessions/end/", member_sessions_end, name="member_sessions_end"
    ),
    path(
        "members/<str:username>/tokens/<str:code>/end/",
        member_token_end,
        name="member_token_end",
    ),
]
