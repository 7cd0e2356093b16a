"""The land as its co-ordinator sees it: what is late, by code alone, and how referrals fare."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from agencies.roles import Role
from audit import log
from kernel.errors import Denied
from pages.door import actor_of, page
from referral import funnel, queries

# Each step of the funnel in the reader's words.
STEPS = {
    "sent": pgettext_lazy("funnel", "sent"),
    "seen": pgettext_lazy("funnel", "seen"),
    "answered": pgettext_lazy("funnel", "answered"),
    "met": pgettext_lazy("funnel", "first contact made"),
    "completed": pgettext_lazy("funnel", "completed"),
    "confirmed": pgettext_lazy("funnel", "confirmed with the person"),
}
YEAR = dt.timedelta(days=365)


@page
@require_safe
def national(request: HttpRequest) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    if actor.role != Role.COORDINATOR:
        raise Denied("role_may_not_see_overview")
    late = queries.overdue(actor, at=now)
    log.listed("overdue", [str(row["subject"]) for row in late], by=actor)
    words = {
        "late": late,
        **shown(funnel.of_the_land(since=now - YEAR, until=now)),
    }
    return render(request, "pages/national/overview.html", words)


def shown(found: funnel.Funnel) -> dict[str, object]:
    """A funnel as the template draws it: each count with the length of its bar."""
    longest = found.counts["sent"] or 1
    bars = [
        (STEPS[name], count, None if count is None else round(100 * count / longest))
        for name, count in found.counts.items()
    ]
    late = None if found.late_share is None else round(100 * found.late_share)
    return {"bars": bars, "median_answer": found.median_answer, "late_percent": late}


urlpatterns = [path("national/", national, name="national")]
