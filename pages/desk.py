"""The officer's desk: what waits for a decision of their authority, the nearest deadline first."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from agencies.roles import Role
from audit import log
from identification import policy, queries
from pages.door import actor_of, page, page_in


@page
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The queue, and beneath it what the authority is told without a name."""
    actor = actor_of(request)
    if actor.role != Role.IDENTIFICATION_OFFICER:
        raise PermissionDenied
    waiting = queries.on_desk(actor)
    log.listed("desk", [row.case.code for row, _ in waiting], by=actor)
    words = {
        "waiting": waiting,
        "notices": page_in(request, policy.notices_visible_to(actor)),
    }
    return render(request, "pages/identification/desk.html", words)


urlpatterns = [path("desk/", desk, name="desk")]
