"""A supervisor's page: what waits for approval, what nobody works on, and how referrals fare."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies import policy as agency_policy
from agencies.roles import CASEWORK, Role
from audit import log
from cases import policy as case_policy
from cases.workflow import OverrideState
from cases.workflow import State as CaseState
from kernel.errors import Denied
from pages.door import actor_of, page
from pages.ownfunnel import shown
from referral import funnel, policy
from referral.workflow import OnwardState, RequestState, TransferState

YEAR = dt.timedelta(days=365)
MOST = 50


@page
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    if actor.role != Role.SUPERVISOR:
        raise Denied("only_a_supervisor_may_do_this")
    overrides = case_policy.overrides_visible_to(actor).filter(state=OverrideState.ASKED)
    transfers = policy.transfers_visible_to(actor).filter(state=TransferState.PROPOSED)
    onwards = policy.onwards_visible_to(actor).filter(state=OnwardState.PROPOSED)
    asked = policy.case_requests_visible_to(actor).filter(state=RequestState.ASKED)
    unassigned = case_policy.owned_and_visible_to(actor).filter(worker__isnull=True)
    colleagues = agency_policy.members_visible_to(actor).filter(
        is_active=True, role__in=CASEWORK
    )
    words: dict[str, Any] = {
        "overrides": overrides.select_related("case", "agency", "asked_by").order_by("pk")[
            :MOST
        ],
        "transfers": transfers.select_related("case", "sender", "receiver").order_by("pk")[
            :MOST
        ],
        "onwards": onwards.select_related("referral", "service").order_by("pk")[:MOST],
        "requests": asked.select_related("asker").order_by("pk")[:MOST],
        "unassigned": list(unassigned.exclude(state=CaseState.CLOSED).order_by("-pk")[:MOST]),
        "colleagues": colleagues.order_by("username")[:MOST],
        **shown(funnel.of_agency(actor.agency, since=now - YEAR, until=now)),
    }
    log.listed("team", [case.code for case in words["unassigned"]], by=actor)
    return render(request, "pages/team/team.html", words)


urlpatterns = [path("team/", team, name="team")]
