"""What is kept for how long, whose time is over, and the two people who decide on that."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from cases import policy as case_policy
from cases.workflow import Closure
from edge import stepup
from pages import labels
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Day, Form, Nothing
from rights import policy, rules
from rights.actions import deciding, proposing
from rights.models import Batch, Item
from rights.workflow import WAITING, BatchVerb, ItemState, KeptBecause

A_YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Verb:
    """What somebody does with a batch, in words; `grave`: who they are is asked again."""

    button: Promise
    said: Promise
    words: Promise
    act: Callable[..., Batch]
    danger: bool = False
    grave: bool = False


VERBS: dict[BatchVerb, Verb] = {
    BatchVerb.AGREE: Verb(
        pgettext_lazy("batch", "Agree"),
        gettext_lazy("Agreed. Data protection decides next."),
        gettext_lazy(
            "You say that nobody in it is needed for the work any more. Look at each case first; "
            "whoever may still come back is kept for now."
        ),
        deciding.agree,
    ),
    BatchVerb.APPROVE: Verb(
        pgettext_lazy("batch", "Approve the erasure"),
        gettext_lazy("Approved. It is carried out within minutes."),
        gettext_lazy(
            "What is known of these people is destroyed for good, here and in every copy that "
            "is restored later. Nobody can take that back."
        ),
        deciding.approve,
        danger=True,
        grave=True,
    ),
    BatchVerb.REFUSE: Verb(
        pgettext_lazy("batch", "Refuse"),
        gettext_lazy("Refused. Nobody is erased."),
        gettext_lazy(
            "Nobody in it is erased now. Whose time is over is proposed again, unless they are "
            "held or kept back."
        ),
        deciding.refuse,
    ),
}


class Keep(Form):
    because = forms.ChoiceField(
        label=pgettext_lazy("kept", "Why"),
        choices=KeptBecause.choices,
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=pgettext_lazy("kept", "Until"),
        help_text=gettext_lazy("Within a year. After that it is proposed again."),
        widget=Day(),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["until"].initial = timezone.localdate() + A_YEAR


@page
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """The rules, what waits, and what was done."""
    actor = actor_of(request)
    policy.may_propose(actor).require()
    rows = policy.batches_visible_to(actor).select_related("agency", "agreed_by", "decided_by")
    waiting = rows.filter(state__in=WAITING).order_by("pk")
    words = {
        "rules": [_in_words(rule) for rule in rules.rules()],
        "waiting": [(each, policy.verbs_of(actor, each)) for each in waiting[:20]],
        "stones": list(policy.stones_visible_to(actor).order_by("-pk")[:20]),
        **page_in(request, rows.exclude(state__in=WAITING)),
    }
    return render(request, "pages/rights/retention.html", words)


def _in_words(rule: Any) -> dict[str, Any]:
    closures = [str(Closure(closure).label) for closure in sorted(rule.closures)]
    return {
        "rule": rule,
        "title": labels.retention_rule(rule.code),
        "closures": closures,
    }


@page
@require_safe
def batch(request: HttpRequest, code: str) -> HttpResponse:
    """One batch, case by case."""
    actor, found = actor_of(request), _find(request, code)
    items = found.items.select_related("case__owner", "kept_by").order_by("pk")
    words = {
        "batch": found,
        "items": [(each, labels.retention_rule(each.rule)) for each in items],
        "verbs": [(verb, VERBS[verb]) for verb in policy.verbs_of(actor, found)],
        "may_keep": bool(policy.may_keep_back(actor, found)),
    }
    return render(request, "pages/rights/batch.html", words)


@page
@require_http_methods(["GET", "POST"])
def batch_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    actor, found = actor_of(request), _find(request, code)
    if verb not in policy.verbs_of(actor, found):
        raise Http404
    said = VERBS[BatchVerb(verb)]
    if said.grave and request.method == "POST":
        stepup.require(request)
    form = Nothing(request.POST if request.method == "POST" else None)
    if posted(request, form, lambda _: said.act(code=code, by=actor, at=timezone.now())):
        return onward(request, said.said, "batch", code=code)
    words = {
        "title": said.button, "words": said.words, "form": form, "danger": said.danger,
        "back": reverse("batch", kwargs={"code": code}),
    }  # fmt: skip
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
def batch_keep(request: HttpRequest, code: str, case: str) -> HttpResponse:
    """Keep one person of the batch for a time."""
    actor, found = actor_of(request), _find(request, code)
    rows = found.items.filter(state=ItemState.PROPOSED)
    get_object_or_404(rows, case__code=case)
    policy.may_keep_back(actor, found).require()
    form = Keep(request.POST if request.method == "POST" else None)
    if posted(request, form, lambda data: _keep(found, case, data, actor)):
        return onward(request, gettext_lazy("Kept for now."), "batch", code=code)
    words = {
        "title": gettext("Keep %(case)s for now") % {"case": case},
        "form": form,
        "back": reverse("batch", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


def _keep(found: Batch, case: str, data: dict[str, Any], actor: Member) -> Item:
    return deciding.keep_back(
        code=found.code, case=case, because=KeptBecause(data["because"]), until=data["until"],
        by=actor, at=timezone.now(),
    )  # fmt: skip


@page
@require_http_methods(["GET", "POST"])
def erasure_ask(request: HttpRequest, code: str) -> HttpResponse:
    """The person has asked to be erased: propose it; two people decide."""
    actor = actor_of(request)
    case = get_object_or_404(case_policy.holdable_by(actor), code=code)
    form = Nothing(request.POST if request.method == "POST" else None)
    made = posted(
        request,
        form,
        lambda _: proposing.propose_asked(code=case.code, by=actor, at=timezone.now()),
    )
    if made:
        said = gettext_lazy("Proposed. Two people decide on it.")
        return onward(request, said, "batch", code=made.code)
    words = {
        "title": gettext("Propose to erase what is known of the person"),
        "words": gettext(
            "Because the person asked for it. Make sure that nobody made them ask. Two people "
            "decide; then every agency that was shown something is asked to erase it, too."
        ),
        "button": gettext("Propose it"),
        "form": form,
        "danger": True,
        "back": reverse("holds", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


def _find(request: HttpRequest, code: str) -> Batch:
    actor = actor_of(request)
    rows = policy.batches_visible_to(actor).select_related(
        "agency", "proposed_by", "agreed_by", "decided_by"
    )
    return get_object_or_404(rows, code=code)


urlpatterns = [
    path("retention/", retention, name="retention"),
    path("retention/<str:code>/", batch, name="batch"),
    path("retention/<str:code>/keep/<str:case>/", batch_keep, name="batch_keep"),
    path("retention/<str:code>/<str:verb>/", batch_verb, name="batch_verb"),
    path("cases/<str:code>/erasure/", erasure_ask, name="erasure_ask"),
]
