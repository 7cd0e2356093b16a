"""The safety plan and the other records of a case: read, written, changed and taken back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import policy
from cases import records as kinds
from cases.actions import records as actions
from cases.models import Record
from cases.policy import Verb
from cases.workflow import RecordKind
from edge import phrases
from edge.paging import PAGE
from pages import facts
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, posted
from pages.fieldforms import GroupForm, form_of, initial_of, questions_about
from pages.forms import Nothing
from pages.recordwords import ABOUT, BY_SLUG

SAVED = gettext_lazy("The record is saved.")
HIDDEN_VERSION = "version"


@page
@require_safe
def records(request: HttpRequest, code: str) -> HttpResponse:
    """What there is of each kind that is open to the reader; opened when asked for."""
    file = open_file(request, code)
    allowed = policy.kinds_open_to(file.actor, file.case)
    if not allowed:
        raise Http404
    rows = policy.records_visible_to(file.actor).filter(case=file.case, kind__in=allowed)
    found = list(rows.select_related("written_by").order_by("-pk")[: PAGE * len(ABOUT)])
    opened = BY_SLUG.get(request.GET.get("open", ""))
    shown = [each for each in found if each.kind == opened]
    values = actions.read(case=file.case, records=shown, by=file.actor) if shown else {}
    sections = [
        {
            "about": about,
            "records": [
                (each, _facts(kind, values.get(each.code)))
                for each in found
                if each.kind == kind
            ],
            "open": kind == opened,
            "one": kind is RecordKind.SAFETY_PLAN,
        }
        for kind, about in ABOUT.items()
        if kind in allowed
    ]
    verdict = policy.may(file.actor, Verb.RECORD, file.case, own=file.own)
    return file.page(
        request, "pages/case/records.html", "case", sections=sections, verdict=verdict
    )


def _facts(kind: RecordKind, values: dict[str, Any] | None) -> list[facts.Fact]:
    return facts.of_fields(kinds.FIELDS[kind], ABOUT[kind].fields, values) if values else []


@page
@require_http_methods(["GET", "POST"])
def record_new(request: HttpRequest, code: str, slug: str) -> HttpResponse:
    """A new record of the kind that the address names."""
    file = open_file(request, code, own=True)
    if slug not in BY_SLUG:
        raise Http404
    kind = BY_SLUG[slug]
    policy.may(file.actor, Verb.RECORD, file.case, own=True).require()
    form = _form(kind, request)
    if posted(
        request,
        form,
        lambda data: actions.write(
            code=code, kind=kind, values=form.values(), by=file.actor, at=timezone.now()
        ),
    ):
        return onward(request, SAVED, "records", code=code)
    return _asked(request, code, kind, form)


@page
@require_http_methods(["GET", "POST"])
def record_change(request: HttpRequest, code: str) -> HttpResponse:
    """Other words in place of what a record says; it is opened for that."""
    record, file = _own(request, code)
    kind, sent = RecordKind(record.kind), request.POST.get(HIDDEN_VERSION, "")
    values: dict[str, Any] = {}
    if request.method != "POST":
        values = actions.read(case=file.case, records=[record], by=file.actor)[code]
    form = _form(kind, request, values)
    if posted(
        request,
        form,
        lambda data: actions.change(
            code=code,
            values=form.values(),
            version=int(sent) if sent.isascii() and sent.isdigit() else 0,
            by=file.actor,
            at=timezone.now(),
        ),
    ):
        return onward(request, SAVED, "records", code=file.case.code)
    return _asked(request, file.case.code, kind, form, record=record)


@page
@require_http_methods(["GET", "POST"])
def record_retract(request: HttpRequest, code: str) -> HttpResponse:
    """It was wrong: it is shown no more."""
    record, file = _own(request, code)
    form = Nothing(request.POST if request.method == "POST" else None)
    if posted(
        request,
        form,
        lambda data: actions.retract(code=code, by=file.actor, at=timezone.now()),
    ):
        said = gettext_lazy("The record is taken back.")
        return onward(request, said, "records", code=file.case.code)
    words = {
        "title": pgettext_lazy("record", "Take the record back"),
        "words": ABOUT[RecordKind(record.kind)].title,
        "form": form,
        "back": reverse("records", kwargs={"code": file.case.code}),
        "danger": True,
    }
    return render(request, "pages/act.html", words)


def _own(request: HttpRequest, code: str) -> tuple[Record, CaseFile]:
    """The record and its case, for who may change it."""
    rows = policy.records_visible_to(actor_of(request)).select_related("case")
    record = get_object_or_404(rows, code=code)
    file = open_file(request, record.case.code, own=True)
    policy.may(file.actor, Verb.RECORD, file.case, own=True).require()
    return record, file


def _form(
    kind: RecordKind, request: HttpRequest, values: dict[str, Any] | None = None
) -> GroupForm:
    questions = questions_about(kinds.FIELDS[kind], ABOUT[kind].fields)
    sent = request.POST if request.method == "POST" else None
    return form_of(questions, sent, initial=initial_of(values or {}))


def _asked(
    request: HttpRequest,
    code: str,
    kind: RecordKind,
    form: GroupForm,
    record: Record | None = None,
) -> HttpResponse:
    # The version that was seen, until the writer is told that there is a newer one.
    seen = request.POST.get(HIDDEN_VERSION)
    told = phrases.of("stale_version") in form.non_field_errors()
    words = {
        "about": ABOUT[kind], "form": form, "record": record, "told": told,
        "version": seen if seen and not told else record and record.version,
        "back": reverse("records", kwargs={"code": code}),
    }  # fmt: skip
    return render(request, "pages/case/record.html", words)


urlpatterns = [
    path("cases/<str:code>/records/", records, name="records"),
    path("cases/<str:code>/records/<str:slug>/", record_new, name="record_new"),
    path("records/<str:code>/", record_change, name="record_change"),
    path("records/<str:code>/retract/", record_retract, name="record_retract"),
]
