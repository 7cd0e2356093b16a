"""The list of cases: cut by the address, searched by a code or by a name, page by page."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies.models import Member
from agencies.roles import CASEWORK
from audit import log
from cases import duty, policy, queries
from cases.actions import person
from cases.queries import CaseRow
from cases.workflow import Risk, State
from edge import paging
from kernel.errors import Denied
from pages.casesearch import ByCode, ByName, Cut, Named
from pages.door import actor_of, done, page, refused


@page
@sensitive_post_parameters("name")
@require_http_methods(["GET", "POST"])
def cases(request: HttpRequest) -> HttpResponse:
    """The list; or, sent with a name, the cases of the people of that name.

    A name is sent and never asked for by the address, so that no history and no log holds it.
    """
    actor = actor_of(request)
    if actor.role not in policy.SEES_CASES:
        raise PermissionDenied
    if request.method == "POST":
        return _by_name(request, actor)
    code = ByCode({"code": request.GET["code"]} if request.GET.get("code") else None)
    if code.is_valid():
        found = _by_code(actor, code.cleaned_data["code"])
        if found:
            return HttpResponseRedirect(found)
        code.add_error("code", gettext("There is no such case that you may see."))
    return _list(request, actor, code)


def _list(request: HttpRequest, actor: Member, code: ByCode) -> HttpResponse:
    cut = Cut(request.GET, actor=actor)
    found: dict[str, Any] = {"results": [], "next": None}
    parts = cut.parts() if cut.is_valid() else {}
    if cut.is_valid():
        start = paging.start_at(request.GET.get("after", ""))
        rows = queries.case_list(actor, below=start, at=timezone.now(), wanted=cut.wanted())
        found = paging.page_of(rows, number=lambda row: row.number, show=_line)
    log.listed("cases", [row["code"] for row in found["results"]], by=actor)
    words = {
        "rows": found["results"],
        "next": found["next"],
        "further": "after" in request.GET,
        "cut": cut,
        "by_code": code,
        "by_name": ByName() if actor.role in CASEWORK else None,
        "saving": Named(initial={"query": urlencode(parts)}) if parts else None,
        "views": agency_policy.views_visible_to(actor).filter(page="cases").order_by("name"),
        "may_register": bool(policy.may_register(actor)),
    }
    return render(request, "pages/cases/list.html", words)


def _line(row: CaseRow) -> dict[str, Any]:
    """A row with its codes in words; of a case of others there are none."""
    said = {"state_words": State(row.state).label} if row.state else {}
    return row.shown() | said | ({"risk_words": Risk(row.risk).label} if row.risk else {})


def _by_code(actor: Member, code: str) -> str:
    """The address of what has this code, if the actor may know of it."""
    if code.startswith("RF"):
        return reverse("referral", kwargs={"code": code})
    seen = policy.visible_to(actor).filter(code=code).exists()
    log.record("search", by=actor, about=code, facts={"by": "code", "hits": int(seen)})
    return reverse("case", kwargs={"code": code}) if seen else ""


def _by_name(request: HttpRequest, actor: Member) -> HttpResponse:
    form = ByName(request.POST)
    hits, due = None, form.is_valid() and duty.is_due(actor)
    if due:
        # What was typed stays on the page.
        form.refuse(Denied(duty.CODE))
    else:
        hits = done(form, lambda data: {"codes": person.find(name=data["name"], by=actor)})
    codes = [hit["case"] for hit in hits["codes"]] if hits else []
    known = policy.owned_and_visible_to(actor).filter(code__in=codes).select_related("worker")
    by_code = {case.code: case for case in known}
    words = {
        "form": form,
        "searched": hits is not None,
        "rows": [by_code[code] for code in codes if code in by_code],
        "due": due,
    }
    shown = render(request, "pages/cases/found.html", words)
    return refused(shown, actor, duty.CODE) if due else shown


urlpatterns = [path("cases/", cases, name="cases")]
