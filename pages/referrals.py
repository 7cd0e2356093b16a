"""One referral, as each side may see it now: where it stands, what can be done, on paper."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from cases import policy as case_policy
from cases.policy import Verb as CaseVerb
from edge import paging
from kernel.errors import Refused
from pages.casefile import open_file
from pages.disclosed import card, told
from pages.door import actor_of, onward, page, posted
from pages.referralforms import Message
from pages.referralverbs import Deed, deeds_of
from pages.referralwords import NOW, way
from pages.ticking import chosen_for
from referral import disclosure, policy, queries, reading
from referral.actions import answering
from referral.models import Onward, Referral
from referral.policy import WITHOUT_HELP, Act
from referral.workflow import ASKED, TAKEN, Party, State, Verb


@dataclass(frozen=True, slots=True)
class Sight:
    """A referral, who looks at it, and from which side."""

    actor: Member
    referral: Referral
    side: Party

    @property
    def state(self) -> State:
        return State(self.referral.state)

    @property
    def is_sender(self) -> bool:
        return self.side is Party.SENDER

    @property
    def runs(self) -> bool:
        """Whether the receiver sees anything but that it was and how it ended."""
        return self.state in ASKED | TAKEN

    def may(self, act: Act) -> bool:
        allowed = policy.may_act_as(self.side, self.actor, act)
        return bool(allowed) and policy.in_time(self.side, act, self.referral)


def sight_of(actor: Member, code: str) -> Sight:
    """The referral, if the reader may know of it. The receiver's first look is told the sender."""
    found = _find(actor, code)
    side = policy.party_of(actor, found)
    if side is None:
        raise Http404
    if side is Party.RECEIVER and found.state == State.SENT:
        _seen(actor, code)
        found = _find(actor, code)
    return Sight(actor, found, side)


def _find(actor: Member, code: str) -> Referral:
    rows = queries.with_sides(policy.visible_to(actor)).select_related("instead_of")
    found: Referral = get_object_or_404(rows, code=code)
    return found


def _seen(actor: Member, code: str) -> None:
    try:
        answering.receive(code=code, by=actor, at=timezone.now())
    except Refused:
        # A colleague opened or answered it in this very moment: it has been seen all the same.
        return


@page
@require_safe
def referral(request: HttpRequest, code: str) -> HttpResponse:
    sight = looked_at(request, actor_of(request), code)
    words = shown(sight, opened=request.GET.get("open", ""))
    return render(request, "pages/referrals/referral.html", words)


@page
@require_safe
def on_paper(request: HttpRequest, code: str) -> HttpResponse:
    sight = looked_at(request, actor_of(request), code)
    words = shown(sight, opened=request.GET.get("with", ""))
    return render(request, "pages/referrals/print.html", words)


def looked_at(request: HttpRequest, actor: Member, code: str) -> Sight:
    """The referral, once it is on the record that it was looked at."""
    sight, part = sight_of(actor, code), request.resolver_match
    reading.looked_at(
        sight.referral,
        by=sight.actor,
        side=sight.side,
        part=(part.url_name or "") if part else "",
    )
    return sight


def shown(sight: Sight, *, opened: str) -> dict[str, Any]:
    """What this side is shown of it now."""
    found = sight.referral
    words: dict[str, Any] = {
        "sight": sight,
        "referral": found,
        "now": NOW[sight.side].get(sight.state, ""),
        "way": way(found),
        "may_see_disclosure": sight.may(Act.SEE_DISCLOSURE),
        "may_propose": sight.may(Act.PROPOSE_ONWARD),
    }
    attempts = list(found.attempts.order_by("pk")) if sight.is_sender or sight.runs else []
    words["attempts"] = attempts
    plan = None
    if sight.is_sender or sight.runs:
        plan = reading.handover_for(sight.actor, found)
        words |= _inside(sight) | {"plan": plan}
    words |= _verbs(sight, plan, len(attempts))
    if sight.is_sender and sight.state in WITHOUT_HELP and found.sent_at:
        words |= _elsewhere(sight)
    if words["may_see_disclosure"] and not sight.actor.is_guest:
        words["documents"] = chosen_for(sight.actor, found)
    if opened == "disclosure" and words["may_see_disclosure"]:
        content = disclosure.opened(found, by=sight.actor)
        words |= {"told": told(content), "told_card": card(content["triage"])}
    return words


def _inside(sight: Sight) -> dict[str, Any]:
    actor, found, side = sight.actor, sight.referral, sight.side
    return {
        "card": card(reading.triage_for(actor, found, side=side)),
        "texts": reading.texts_for(actor, found, side=side),
        "messages_shown": reading.messages_for(actor, found, side=side),
        "onwards": [] if actor.is_guest else _proposed(actor, found),
        "message_form": Message(referral=found, actor=actor)
        if sight.may(Act.MESSAGE)
        else None,
    }


def _proposed(actor: Member, referral: Referral) -> list[Onward]:
    """Who else was proposed to help; a guest has no colleagues to propose others with."""
    onwards = policy.onwards_visible_to(actor).filter(referral=referral)
    return list(onwards.select_related("service__agency").order_by("-pk")[:20])


def _verbs(sight: Sight, plan: Any, attempts: int) -> dict[str, Any]:
    """The verbs of this side that have a page: those that can be done now, and why not yet."""
    found = reading.verbs_for(sight.actor, sight.referral, side=sight.side)
    not_yet = reading.not_yet(
        sight.referral, plan[0] if plan else None, attempts=attempts, side=sight.side
    )
    deeds = deeds_of(State(sight.state))
    ours = {verb: deed for verb, deed in deeds.items() if _is_ours(sight, verb)}
    now = [verb for verb in ours if verb in found["now"] and verb not in not_yet]
    return {
        "verbs": [(verb, ours[verb]) for verb in now if verb != Act.MESSAGE],
        "not_now": [
            (deed, not_yet[verb] if verb in found["now"] else found["not_now"][verb])
            for verb, deed in ours.items()
            if verb not in now
        ],
    }


def _is_ours(sight: Sight, verb: str) -> bool:
    if verb in set(Act):
        return bool(policy.may_act_as(sight.side, sight.actor, Act(verb)))
    return bool(policy.may_as(sight.side, Verb(verb)))


def _elsewhere(sight: Sight) -> dict[str, Any]:
    """After a no or silence: where it was sent on, and the next best services."""
    found = sight.referral
    matches = queries.next_best(found, sight.actor, on=timezone.localdate())[:6]
    usual = queries.usual_answers(match.service.agency_id for match in matches)
    return {
        "sent_on": list(found.sent_on_as.order_by("pk")),
        "others": [(match, usual.get(match.service.agency_id)) for match in matches],
    }


@page
@require_http_methods(["GET", "POST"])
def verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One verb of a referral."""
    sight = sight_of(actor_of(request), code)
    deed = _deed(sight, verb)
    require_verb(sight, verb, asked=request.method != "POST")
    form = deed.form(
        request.POST if request.method == "POST" else None,
        referral=sight.referral,
        actor=sight.actor,
    )
    acted = posted(
        request,
        form,
        lambda data: deed.act(code=code, **data, by=sight.actor, at=timezone.now()),
    )
    if acted:
        return onward(request, deed.done, "referral", code=code)
    words = {
        "deed": deed,
        "form": form,
        "referral": sight.referral,
        "card": card(reading.triage_for(sight.actor, sight.referral, side=sight.side))
        if not sight.is_sender
        else [],
        "back": reverse("referral", kwargs={"code": code}),
    }
    return render(request, "pages/referrals/verb.html", words)


def _deed(sight: Sight, verb: str) -> Deed:
    deeds = deeds_of(State(sight.state))
    if verb not in deeds:
        raise Http404
    return deeds[verb]


def require_verb(sight: Sight, verb: str, *, asked: bool) -> None:
    """The other side's verbs are nobody's here; a form that is only asked for must be in time."""
    if verb in set(Act):
        policy.may_act_as(sight.side, sight.actor, Act(verb)).require()
    else:
        policy.may_as(sight.side, Verb(verb)).require()
    found = reading.verbs_for(sight.actor, sight.referral, side=sight.side)
    if asked and verb in found["not_now"]:
        raise Refused(found["not_now"][verb], state=sight.state)


@page
@require_safe
def case_referrals(request: HttpRequest, code: str) -> HttpResponse:
    """Whom this case was referred to, and what came of it."""
    file = open_file(request, code, own=True)
    below = paging.start_at(request.GET.get("after", ""))
    rows = queries.outgoing(file.actor, below=below, case=code)
    found = paging.page_of(rows, number=lambda row: int(row["pk"]), show=lambda row: row)
    proposals = policy.onwards_visible_to(file.actor).filter(
        referral__case=file.case, state="proposed"
    )
    return file.page(
        request,
        "pages/referrals/of_case.html",
        "case_referrals",
        rows=found["results"],
        next=found["next"],
        verdict=case_policy.may(file.actor, CaseVerb.REFER, file.case, own=True),
        onwards=list(proposals.select_related("service__agency", "referral")[:20]),
    )


urlpatterns = [
    path("referrals/<str:code>/", referral, name="referral"),
    path("referrals/<str:code>/print/", on_paper, name="referral_print"),
    path("referrals/<str:code>/do/<str:verb>/", verb, name="referral_verb"),
    path("cases/<str:code>/referrals/", case_referrals, name="case_referrals"),
]
