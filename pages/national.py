"""The overview of the land: what is late, and how referrals fare, in numbers that point at nobody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.roles import Role
from audit import log
from figures import policy
from figures import queries as figures
from kernel.errors import Denied
from pages.bars import charts
from pages.door import actor_of, page
from referral import queries


@page
@require_safe
def national(request: HttpRequest) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    if actor.role != Role.COORDINATOR:
        raise Denied("role_may_not_see_overview")
    late = queries.overdue(actor, at=now)
    log.listed("overdue", [str(row["subject"]) for row in late], by=actor)
    found = figures.newest(policy.visible_to(actor))
    shown = [each for each in found.tables if each.table.code == "funnel"] if found else []
    words = {"late": late, "found": found, "charts": charts(shown)}
    return render(request, "pages/national/overview.html", words)


urlpatterns = [path("national/", national, name="national")]
