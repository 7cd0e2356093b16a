"""The inbox: what one's agency is asked for, the most pressing first; and what has ended."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from agencies.models import Member
from audit import log
from pages.disclosed import card
from pages.door import actor_of, page, page_in
from pages.facts import Fact
from pages.referralverbs import DEEDS, Deed
from referral import inbox as waiting
from referral import reading
from referral.models import Referral
from referral.workflow import ASKED, FLOW, Party, State, Verb

# What a card offers at once; the rest is on the referral's own page.
ON_CARD = (Verb.ACCEPT, Verb.DECLINE, Verb.REQUEST_INFO)
URGENT = {"emergency": ("late", "▲"), "urgent": ("soon", "◆"), "normal": ("fine", "●")}


@dataclass(frozen=True, slots=True)
class Card:
    referral: Referral
    facts: list[Fact]
    verbs: list[tuple[str, Deed]]
    look: tuple[str, str]

    @property
    def asked(self) -> bool:
        return self.referral.state in ASKED

    @property
    def recalled(self) -> bool:
        return self.referral.state == State.WITHDRAWN


@page
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    number = _number(request.GET.get("page", ""))
    first = (number - 1) * waiting.CARDS
    rows = list(waiting.waiting(actor)[first : first + waiting.CARDS + 1])
    ended = page_in(request, waiting.ended(actor))
    shown = [*rows[: waiting.CARDS], *ended["results"]]
    log.listed("inbox", [row.code for row in shown], by=actor)
    words = {
        "cards": [_card(actor, row) for row in rows[: waiting.CARDS]],
        "number": number,
        "more": len(rows) > waiting.CARDS,
        "ended": ended["results"],
        "next": ended["next"],
    }
    return render(request, "pages/referrals/inbox.html", words)


def _card(actor: Member, referral: Referral) -> Card:
    possible = FLOW.verbs_from(State(referral.state))
    verbs: list[tuple[str, Any]] = [
        (verb, DEEDS[verb])
        for verb in ON_CARD
        if verb in possible and not (verb is Verb.REQUEST_INFO and referral.question)
    ]
    triage = reading.triage_for(actor, referral, side=Party.RECEIVER)
    return Card(referral, card(triage), verbs, URGENT[referral.urgency])


def _number(text: str) -> int:
    return min(max(int(text), 1), 1000) if text.isascii() and text.isdigit() else 1


urlpatterns = [path("inbox/", inbox, name="inbox")]
