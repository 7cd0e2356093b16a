"""A case: how it stands and what comes next, what happened, its notes, and who can see it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from audit import log
from cases import policy, queries, reading
from cases.actions import lifecycle
from cases.models import Note
from cases.policy import Verb
from cases.records import GROUP
from identification import queries as identification
from kernel.groups import TRIAGE_ONLY
from notify.models import Clock
from pages import caseforms, duties, seers, worklist
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.happened import told
from pages.leading import address_of
from pages.nextsteps import steps_of
from referral import queries as referral
from reintegration import queries as support

# Where a deadline of the case itself is met; the others lead where their subject does.
AT_CASE: dict[str, str] = {
    Clock.Purpose.ASSESSMENT: "assess",
    Clock.Purpose.PLAN: "plan",
    Clock.Purpose.CHECK_IN: "plan",
    Clock.Purpose.GUARDIAN: "consents",
}


@page
@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    """How the case stands; for another agency, what is open to it and why."""
    file = open_file(request, code)
    words: dict[str, Any] = {"clocks": _clocks(file)}
    if not file.own:
        words["reasons"] = seers.reasons_of(file.rows, file.actor)
        words["more"] = set(file.groups) > TRIAGE_ONLY
        words["records"] = any(GROUP[kind] in file.groups for kind in GROUP)
        return file.page(request, "pages/case/opened.html", "case", **words)
    now, not_now = policy.verbs_of_case(file.actor, file.case, own=True)
    formal = identification.of_case(file.case)
    latest = queries.latest_assessment(file.actor, file.case)
    words |= {
        "tasks": worklist.tasks_of_case(file.actor, file.case, at=timezone.now()),
        "formal": formal,
        "support": support.support_state(file.case),
        "assessment": latest,
        "links": queries.links_of(file.actor, file.case, at=timezone.now()),
        "steps": steps_of(file.case, now, not_now, assessed=latest is not None),
    }
    return file.page(request, "pages/case/overview.html", "case", **words)


def _clocks(file: CaseFile) -> list[dict[str, Any]]:
    """What runs in this case for the reader, with its words and where to act."""
    clocks = referral.clocks_of_case(file.actor, file.case, at=timezone.now())
    return [
        {
            "clock": clock,
            "ours": (ours := clock.receiver_id == file.actor.agency_id),
            "what": duties.of_clock(clock.purpose, ours=ours),
            "address": _acted_on(clock, file),
        }
        for clock in clocks
    ]


def _acted_on(clock: Clock, file: CaseFile) -> str:
    """The page where something is done about a deadline."""
    name = AT_CASE.get(clock.purpose)
    if clock.subject != file.case.code or name is None:
        return address_of(clock.subject, file.actor)
    return reverse(name, kwargs={"code": file.case.code}) if file.own else ""


@page
@require_safe
def timeline(request: HttpRequest, code: str) -> HttpResponse:
    """What happened, newest first, for the owner's side."""
    file = open_file(request, code, own=True)
    shown = page_in(request, file.case.timeline.all())
    words = {"entries": told(shown["results"], file.actor), "next": shown["next"]}
    return file.page(request, "pages/case/timeline.html", "timeline", **words)


@page
@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, code: str) -> HttpResponse:
    """The notes that the reader may read, opened when asked for; and a new one."""
    file = open_file(request, code, own=True)
    verdict = policy.may(file.actor, Verb.NOTE, file.case, own=True)
    sent = request.POST if request.method == "POST" else None
    form = caseforms.Note(sent, actor=file.actor, case=file.case)
    if posted(
        request,
        form,
        lambda data: lifecycle.note(code=code, **data, by=file.actor, at=timezone.now()),
    ):
        return onward(request, gettext_lazy("The note is kept."), "notes", code=code)
    words = {"form": form, "verdict": verdict, **_notes(request, file)}
    return file.page(request, "pages/case/notes.html", "notes", **words)


def _notes(request: HttpRequest, file: CaseFile) -> dict[str, Any]:
    rows = policy.notes_visible_to(file.actor, file.case).select_related("author", "agency")
    shown = page_in(request, rows)
    found: list[Note] = shown["results"]
    opened = request.GET.get("open") == "notes"
    texts = reading.texts_of(found, case=file.case, by=file.actor) if opened else {}
    lines = [(note, caseforms.READERS[note.visibility], texts.get(note.code)) for note in found]
    return {"notes": lines, "opened": opened, "next": shown["next"]}


@page
@require_safe
def access(request: HttpRequest, code: str) -> HttpResponse:
    """Who can see the case now and why, for its owner's side and for data protection."""
    actor = actor_of(request)
    rows = policy.explainable_to(actor).select_related("owner")
    found = get_object_or_404(rows, code=code)
    agencies = seers.by_agency(found, actor, at=timezone.now())
    if policy.is_own(actor, found):
        file = open_file(request, code, own=True)
        return file.page(request, "pages/case/access.html", "access", agencies=agencies)
    log.record("read.access", by=actor, about=code, case=code)
    words = {"case": found, "agencies": agencies}
    return render(request, "pages/case/access_alone.html", words)


urlpatterns = [
    path("cases/<str:code>/", case, name="case"),
    path("cases/<str:code>/timeline/", timeline, name="timeline"),
    path("cases/<str:code>/notes/", notes, name="notes"),
    path("cases/<str:code>/access/", access, name="access"),
]
