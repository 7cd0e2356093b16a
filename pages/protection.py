"""Data protection: sharing without consent, who can see a case, and the log of all that was done."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from agencies import policy as agency_policy
from agencies.policy import Verb
from agencies.roles import Role
from audit import log as audit
from audit import queries
from cases import policy
from guard import queries as guard
from kernel.errors import Denied
from pages.door import actor_of, page, page_in
from pages.forms import CodeField, Form


class ByCode(Form):
    case = CodeField(
        label=pgettext_lazy("search", "Code of the case"),
        help_text=gettext_lazy("Such as SH-7K3M-Q9TX."),
    )


class Looking(Form):
    case = CodeField(label=pgettext_lazy("search", "Code of the case"), required=False)
    actor = forms.CharField(
        label=pgettext_lazy("search", "User name"), required=False, max_length=150
    )


@page
@require_safe
def protection(request: HttpRequest) -> HttpResponse:
    """Overrides of the whole land, newest first; and of one case its consents, without names."""
    actor = actor_of(request)
    if actor.role != Role.DATA_PROTECTION_OFFICER:
        raise Denied("role_may_not_see_overview")
    form = ByCode(request.GET if "case" in request.GET else None)
    code = form.cleaned_data["case"] if form.is_bound and form.is_valid() else ""
    audit.record("read.protection", by=actor, about=code, case=code)
    rows = policy.overrides_visible_to(actor).select_related(
        "case", "agency", "asked_by", "decided_by"
    )
    figures = guard.figures(at=timezone.now())
    words: dict[str, Any] = {
        "form": form, "code": code, "figures": figures, **page_in(request, rows),
    }  # fmt: skip
    if code:
        given = policy.consents_visible_to(actor).filter(case__code=code)
        words["consents"] = list(given.prefetch_related("scopes__agency").order_by("-pk")[:50])
        words["known"] = policy.explainable_to(actor).filter(code=code).exists()
    return render(request, "pages/protection/protection.html", words)


@page
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What was done, seen and refused: codes only. Reading it is an event, too."""
    actor = actor_of(request)
    agency_policy.may(actor, Verb.SEE_LOG).require()
    form = Looking(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    case, whose = chosen.get("case", ""), chosen.get("actor", "")
    audit.record("read.audit", by=actor, about=case, case=case)
    words = {"form": form, **page_in(request, queries.events(case=case, actor=whose))}
    return render(request, "pages/protection/log.html", words)


urlpatterns = [
    path("data-protection/", protection, name="protection"),
    path("log/", log, name="log"),
]
