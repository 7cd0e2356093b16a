"""A last look at a referral, sending it, asking elsewhere, and what was sent."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import policy as agency_policy
from agencies.clocks import Urgency
from agencies.models import Member, Service
from agencies.roles import most_for
from audit import log
from edge import paging, phrases
from kernel.groups import SEALED, DataGroup
from pages.disclosed import card, told
from pages.door import actor_of, onward, page, posted
from pages.forms import Nothing
from referral import policy, queries, reading
from referral.actions import sending
from referral.models import Referral
from referral.policy import Act
from referral.workflow import Party, State, Verb

NO_CONSENT = "no_consent_for_"


@page
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """They will see exactly this; and one button."""
    actor = actor_of(request)
    found = _find(actor, code)
    if found.state != State.DRAFT:
        policy.may(actor, Verb.SEND, found).require()
        return HttpResponseRedirect(reverse("referral", kwargs={"code": code}))
    form = Nothing(request.POST if request.method == "POST" else None)
    sent = posted(
        request, form, lambda data: sending.send(code=code, by=actor, at=timezone.now())
    )
    if sent and sent.receiver.is_guest:
        said = gettext("Sent. They have no account: now tell them a passcode by telephone.")
        return onward(request, said, "referral_link", code=code)
    if sent:
        said = gettext("Sent. You will be told as soon as they answer.")
        return onward(request, said, "referral", code=code)
    return render(request, "pages/refer/preview.html", _shown(actor, found) | {"form": form})


def _shown(actor: Member, referral: Referral) -> dict[str, Any]:
    now = timezone.now()
    content = sending.preview(referral=referral, by=actor, at=now)
    return {
        "referral": referral,
        "card": card(content["triage"]),
        "told": told(content),
        # They will see these too; who sends is not shown them.
        "closed": [g for g in referral.groups if g in SEALED and g not in content["groups"]],
        "note": reading.texts_for(actor, referral, side=Party.SENDER).get("note", ""),
        "obstacles": _obstacles(referral, sending.obstacles(referral, at=now)),
    }


def _obstacles(referral: Referral, codes: list[str]) -> list[dict[str, Any]]:
    """Each obstacle as a sentence, with where it can be mended; what lacks a consent together."""
    groups = [code.removeprefix(NO_CONSENT) for code in codes if code.startswith(NO_CONSENT)]
    found: list[dict[str, Any]] = [
        {"sentence": phrases.of(code)} for code in codes if not code.startswith(NO_CONSENT)
    ]
    if groups:
        found.insert(0, {"groups": groups, "address": _consent_address(referral)})
    return found


def _consent_address(referral: Referral) -> str:
    """Where the person is asked for all that this referral would tell them."""
    query = {
        "agency": referral.receiver.code,
        "service": referral.service.code,
        "purpose": referral.purpose,
        "groups": referral.groups,
        "next": reverse("referral_preview", kwargs={"code": referral.code}),
    }
    address = reverse("consent_new", kwargs={"code": referral.case.code})
    return f"{address}?{urlencode(query, doseq=True)}"


@page
@require_POST
def instead(request: HttpRequest, code: str) -> HttpResponse:
    """Ask another service for the same, after a no or in place of silence."""
    actor = actor_of(request)
    earlier = _find(actor, code)
    policy.may_act(actor, Act.SEE_ALTERNATIVES, earlier).require()
    rows = agency_policy.services_visible_to(actor).select_related("agency")
    service: Service = get_object_or_404(rows, code=request.POST.get("service", ""))
    made = sending.draft(
        case_code=earlier.case.code,
        service=service,
        # What was asked for, as far as that kind of agency may know it at all.
        groups=[DataGroup(g) for g in earlier.groups if g in most_for(service.agency.type)],
        urgency=Urgency(earlier.urgency),
        purpose=earlier.purpose,
        note=reading.texts_for(actor, earlier, side=Party.SENDER).get("note", ""),
        instead_of=earlier,
        by=actor,
        at=timezone.now(),
    )
    return HttpResponseRedirect(reverse("referral_preview", kwargs={"code": made.code}))


@page
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """What went out of the cases that one sees, the newest first."""
    actor, state = actor_of(request), request.GET.get("state", "")
    rows = queries.outgoing(
        actor,
        below=paging.start_at(request.GET.get("after", "")),
        state=state if state in State.values else "",
    )
    found = paging.page_of(rows, number=lambda row: int(row["pk"]), show=lambda row: row)
    log.listed("referrals", [row["code"] for row in found["results"]], by=actor)
    words = {
        "rows": found["results"], "next": found["next"], "state": state,
        "states": State.choices,
    }  # fmt: skip
    return render(request, "pages/refer/sent.html", words)


def _find(actor: Member, code: str) -> Referral:
    rows = policy.visible_to(actor).select_related(
        "case__owner", "case__person", "service__agency", "receiver", "sender"
    )
    found: Referral = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("referrals/<str:code>/preview/", preview, name="referral_preview"),
    path("referrals/<str:code>/instead/", instead, name="referral_instead"),
    path("sent/", outbox, name="outbox"),
]
