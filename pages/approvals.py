"""What takes two persons: requests that wait for the reader, the reader's own, and each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies import queries as agency_queries
from agencies.models import Member
from agencies.roles import Role
from edge import stepup
from figures.actions import extracting
from guard import policy as guard_policy
from guard import queries as guard
from guard.actions import glass, reviewing
from kernel.errors import Missing
from kernel.groups import DataGroup
from pages import labels
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, Nothing
from referral.actions import granting
from seconding import actions, policy, words
from seconding.acts import FIGURES_CTDC, GLASS_IDENTITY, GLASS_LIFT, MEMBER_GRANT
from seconding.models import TwoPersonAct

State = TwoPersonAct.State
# What each act is called, wherever it is listed.
TITLES: dict[str, Promise] = {
    GLASS_IDENTITY: pgettext_lazy("approval", "See a name in an emergency"),
    GLASS_LIFT: pgettext_lazy("approval", "Give the right to emergency access back"),
    MEMBER_GRANT: pgettext_lazy("approval", "Give a role that watches over others"),
    FIGURES_CTDC: pgettext_lazy(
        "approval", "Hand on a year's figures in the shape of the CTDC"
    ),
}


@dataclass(frozen=True, slots=True)
class Verb:
    """What somebody can do with a request, in words."""

    button: Promise
    said: Promise
    act: Callable[[TwoPersonAct, Member, str], Any]
    danger: bool = False
    # Whether whoever sends it must have shown a moment ago who they are.
    grave: bool = False


def _decide(*, approve: bool) -> Callable[[TwoPersonAct, Member, str], Any]:
    return lambda request, actor, reason: actions.decide(
        code=request.code, approve=approve, by=actor, at=timezone.now()
    )


def _take_back(request: TwoPersonAct, actor: Member, reason: str) -> Any:
    return actions.take_back(code=request.code, by=actor, at=timezone.now())


def _see(request: TwoPersonAct, actor: Member, reason: str) -> Any:
    return glass.break_glass(
        code=request.subject,
        groups=[DataGroup(group) for group in request.facts["groups"]],
        purpose=request.facts["purpose"],
        reason=reason,
        second=request.code,
        by=actor,
        at=timezone.now(),
    )


def _lift(request: TwoPersonAct, actor: Member, reason: str) -> Any:
    if (member := agency_queries.member_named(request.subject)) is None:
        raise Missing("not_found")
    return reviewing.lift(member=member, second=request.code, by=actor, at=timezone.now())


def _grant(request: TwoPersonAct, actor: Member, reason: str) -> Any:
    return granting.grant(second=request.code, by=actor, at=timezone.now())


def _extract(request: TwoPersonAct, actor: Member, reason: str) -> Any:
    return extracting.make(second=request.code, by=actor, at=timezone.now())


VERBS: dict[str, Verb] = {
    "approve": Verb(
        pgettext_lazy("approval", "Approve"),
        gettext_lazy("Approved. Who asked for it is told and can do it now."),
        _decide(approve=True),
        grave=True,
    ),
    "refuse": Verb(
        pgettext_lazy("approval", "Refuse"),
        gettext_lazy("Refused. Nothing is done."),
        _decide(approve=False),
    ),
    "take_back": Verb(
        pgettext_lazy("approval", "Take it back"),
        gettext_lazy("Taken back. Nothing is done."),
        _take_back,
    ),
    "do": Verb(
        pgettext_lazy("approval", "Do it now"),
        gettext_lazy("Done, as two persons have agreed."),
        lambda request, actor, reason: DOING[request.act](request, actor, reason),
        danger=True,
        grave=True,
    ),
}
# How each approved act is done by its asker.
DOING: dict[str, Callable[[TwoPersonAct, Member, str], Any]] = {
    GLASS_IDENTITY: _see,
    GLASS_LIFT: _lift,
    MEMBER_GRANT: _grant,
    FIGURES_CTDC: _extract,
}


@page
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """All that waits for the reader as a second person, and as somebody who was not involved."""
    actor = actor_of(request)
    waiting = policy.waiting_for(actor).select_related("asked_by__agency").order_by("decide_by")
    mine = policy.visible_to(actor).filter(asked_by=actor).select_related("decided_by")
    shown = page_in(request, mine)
    words = {
        "waiting": [(each, TITLES[each.act]) for each in waiting[:50]],
        "looks": list(guard.waiting_for(actor)[:50]),
        "suspended": _suspended(actor),
        "mine": [(each, TITLES[each.act]) for each in shown["results"]],
        "next": shown["next"],
    }
    return render(request, "pages/guard/approvals.html", words)


def _suspended(actor: Member) -> list[Any]:
    rows = guard_policy.suspended_visible_to(actor).exclude(member=actor)
    return list(rows.select_related("member__agency").order_by("-suspended_at")[:50])


@page
@require_safe
def approval(request: HttpRequest, code: str) -> HttpResponse:
    """One request: exactly what is asked for, and what the reader can do with it."""
    actor, found = actor_of(request), _find(request, code)
    shown = {
        "found": found,
        "title": TITLES[found.act],
        "facts": _facts(found),
        "verbs": [(name, VERBS[name]) for name in _verbs(actor, found)],
        "reason": words.opened(found, by=actor) if request.GET.get("open") == "reason" else "",
    }
    return render(request, "pages/guard/approval.html", shown)


@page
@require_http_methods(["GET", "POST"])
def approval_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    actor, found = actor_of(request), _find(request, code)
    if verb not in VERBS or verb not in _verbs(actor, found):
        raise Http404
    said = VERBS[verb]
    if said.grave and request.method == "POST":
        stepup.require(request)
    reason = words.opened(found, by=actor) if _needs_reason(verb, found) else ""
    form: Form = Nothing(request.POST if request.method == "POST" else None)
    made = posted(request, form, lambda data: said.act(found, actor, reason))
    if made and verb == "do" and found.act == GLASS_IDENTITY:
        return onward(request, said.said, "case", code=found.subject)
    if made:
        return onward(request, said.said, "approval", code=code)
    shown = {
        "title": TITLES[found.act],
        "words": _in_a_line(found),
        "button": said.button,
        "danger": said.danger,
        "form": form,
        "back": reverse("approval", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", shown)


def _needs_reason(verb: str, found: TwoPersonAct) -> bool:
    """Why the glass is broken is kept with the use: the words of the request are taken over."""
    return verb == "do" and found.act == GLASS_IDENTITY


def _verbs(actor: Member, found: TwoPersonAct) -> list[str]:
    now = timezone.now()
    mine = found.asked_by_id == actor.pk
    if found.state == State.ASKED and found.decide_by > now:
        if mine:
            return ["take_back"]
        return ["approve", "refuse"] if policy.may_decide(actor, found) else []
    if found.state == State.APPROVED and mine and found.do_by and found.do_by > now:
        return ["do", "take_back"] if found.act in DOING else ["take_back"]
    return []


def _facts(found: TwoPersonAct) -> list[tuple[Any, str]]:
    """Exactly what may be done with the approval."""
    facts = found.facts
    lines: list[tuple[Any, str]] = [(pgettext_lazy("approval", "About"), found.subject)]
    if "groups" in facts:
        said = ", ".join(labels.group(group) for group in facts["groups"])
        lines.append((pgettext_lazy("glass", "What you must know"), said))
        lines.append(
            (pgettext_lazy("glass", "What for"), labels.glass_purpose(facts["purpose"]))
        )
    if "role" in facts:
        lines.append((pgettext_lazy("member", "Role"), str(Role(facts["role"]).label)))
    return lines


def _in_a_line(found: TwoPersonAct) -> str:
    return "; ".join(f"{name}: {value}" for name, value in _facts(found))


def _find(request: HttpRequest, code: str) -> TwoPersonAct:
    rows = policy.visible_to(actor_of(request)).select_related(
        "asked_by__agency", "decided_by", "agency"
    )
    return get_object_or_404(rows, code=code)


urlpatterns = [
    path("approvals/", approvals, name="approvals"),
    path("approvals/<str:code>/", approval, name="approval"),
    path("approvals/<str:code>/<str:verb>/", approval_verb, name="approval_verb"),
]
