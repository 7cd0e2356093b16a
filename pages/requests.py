"""What a person asks of their data: written down, its steps, and for data protection what is late."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.roles import Role
from audit import log
from cases import policy as case_policy
from kernel.errors import Denied, Refused
from pages.casefile import open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.requestdeeds import DEEDS, Deed, Record
from rights import requestpolicy as policy
from rights import requestreading as reading
from rights.actions import requesting
from rights.requestflow import RUNNING
from rights.requestmodels import SubjectRequest

# So many that wait are shown to data protection at once.
MOST = 200
WHOLE = ("case__owner", "case__person", "recorded_by", "identity_confirmed_by", "safety_asked_by",
         "ended_by")  # fmt: skip


@page
@require_safe
def requests(request: HttpRequest, code: str) -> HttpResponse:
    """All that was asked in this case, newest first."""
    file = open_file(request, code, own=True)
    rows = policy.visible_to(file.actor).filter(case=file.case)
    words = {
        **page_in(request, rows),
        "verdict": policy.may_record(file.actor, file.case, own=True),
    }
    return file.page(request, "pages/rights/requests.html", "access", **words)


@page
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest, code: str) -> HttpResponse:
    file, at = open_file(request, code, own=True), timezone.now()
    policy.may_record(file.actor, file.case, own=True).require()
    sent = request.POST if request.method == "POST" else None
    form = Record(sent, initial={"received_on": timezone.localdate()})
    made = posted(
        request, form, lambda data: requesting.record(case=code, **data, by=file.actor, at=at)
    )
    if made:
        said = gettext_lazy("Written down. There is one month to answer.")
        return onward(request, said, "subject_request", code=made.code)
    words = {
        "title": pgettext_lazy("request", "A request of the person"),
        "words": gettext_lazy(
            "What somebody asks of what is kept about them, or is asked for them."
        ),
        "button": pgettext_lazy("request", "Write it down"),
        "form": form,
        "back": reverse("subject_requests", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


@page
@require_safe
def subject_request(request: HttpRequest, code: str) -> HttpResponse:
    """Where it stands and what comes next; for data protection its codes, days and states alone."""
    found, own = _found(request, code)
    actor = actor_of(request)
    now, not_now = policy.deeds(actor, found, own=own)
    log.record("read.subject_request", by=actor, about=code, case=found.case.code)
    opened = own and request.GET.get("open") == "reason"
    words = {
        "found": found,
        "own": own,
        "running": found.state in RUNNING,
        "steps": [(deed, DEEDS[deed]) for deed in DEEDS if deed in now],
        "not_now": [(DEEDS[deed].title, not_now[deed]) for deed in DEEDS if deed in not_now],
        "pack": policy.PACK in now,
        "why_no_pack": not_now.get(policy.PACK, ""),
        "reason": reading.reason_of(found, by=actor) if opened else "",
    }
    return render(request, "pages/rights/request.html", words)


@page
@require_http_methods(["GET", "POST"])
def request_deed(request: HttpRequest, code: str, deed: str) -> HttpResponse:
    """One step, asked for and done."""
    if deed not in DEEDS:
        raise Http404
    found, own = _found(request, code)
    _require(actor_of(request), found, deed, own=own)
    told = DEEDS[deed]
    form = told.form(request.POST if request.method == "POST" else None)
    if posted(request, form, lambda data: _do(request, told, code, data)):
        return onward(request, told.done, "subject_request", code=code)
    words = {
        "title": told.title, "words": told.words, "form": form, "danger": told.danger,
        "back": reverse("subject_request", kwargs={"code": code}),
    }  # fmt: skip
    return render(request, "pages/act.html", words)


def _do(request: HttpRequest, told: Deed, code: str, data: dict[str, Any]) -> SubjectRequest:
    made: SubjectRequest = told.act(code=code, **data, by=actor_of(request), at=timezone.now())
    return made


def _require(actor: Any, found: SubjectRequest, deed: str, *, own: bool) -> None:
    """Refuse what this reader may not do, or nobody may do now."""
    policy.may_record(actor, found.case, own=own).require()
    _, not_now = policy.deeds(actor, found, own=own)
    if not_now.get(deed) == "only_a_supervisor_may_do_this":
        raise Denied(not_now[deed])
    if deed in not_now:
        raise Refused(not_now[deed], state=found.state)


@page
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every request of the land, what is late first: for data protection, by codes alone."""
    actor = actor_of(request)
    if actor.role != Role.DATA_PROTECTION_OFFICER:
        raise Denied("role_may_not_see_overview")
    rows = policy.visible_to(actor).select_related("case__owner")
    running = rows.filter(state__in=RUNNING).order_by("due_at", "pk")[:MOST]
    ended = page_in(request, rows.exclude(state__in=RUNNING))
    shown = [*running, *ended["results"]]
    log.listed("subject_requests", [each.code for each in shown], by=actor)
    words = {
        "running": [(each, each.due_at < timezone.now()) for each in running],
        "ended": ended["results"],
        "next": ended["next"],
        "most": MOST,
    }
    return render(request, "pages/rights/overview.html", words)


def _found(request: HttpRequest, code: str) -> tuple[SubjectRequest, bool]:
    """The request, and whether the reader is of the owner's side."""
    actor = actor_of(request)
    rows = policy.visible_to(actor).select_related(*WHOLE)
    found = get_object_or_404(rows, code=code)
    return found, case_policy.is_own(actor, found.case)


urlpatterns = [
    path("cases/<str:code>/requests/", requests, name="subject_requests"),
    path("cases/<str:code>/requests/new/", request_new, name="subject_request_new"),
    path("requests/<str:code>/", subject_request, name="subject_request"),
    path("requests/<str:code>/do/<str:deed>/", request_deed, name="request_deed"),
    path("data-protection/requests/", overview, name="requests_overview"),
]
