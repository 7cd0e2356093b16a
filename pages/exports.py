"""Files of the agency's own cases: asked for with a reason, fetched while they last, taken back."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.workflow import State
from edge import stepup
from exchange import policy
from exchange.actions import exporting
from exchange.api.views import export_file
from exchange.models import ExportJob
from exchange.sheets.entry import FileKind
from exchange.workflow import EXPORT_WAITS, ExportReason
from pages import filewords
from pages.door import actor_of, onward, page, page_in, posted
from pages.following import following
from pages.forms import Day, Form, Nothing


class Ask(Form):
    kind = forms.ChoiceField(
        label=pgettext_lazy("export", "Kind of file"), choices=list(filewords.KINDS.items())
    )
    states = forms.MultipleChoiceField(
        label=pgettext_lazy("export", "Which cases"),
        help_text=gettext_lazy("Without a choice, all of them."),
        choices=State.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    registered_from = forms.DateField(
        label=pgettext_lazy("export", "Registered from"), required=False, widget=Day()
    )
    registered_until = forms.DateField(
        label=pgettext_lazy("export", "Registered until"), required=False, widget=Day()
    )
    strict = forms.BooleanField(
        label=pgettext_lazy("export", "Only the standard's own codes"),
        help_text=gettext_lazy("Our additions are replaced by the standard's nearest code."),
        required=False,
    )
    reason = forms.ChoiceField(
        label=pgettext_lazy("export", "Why you need it"),
        help_text=gettext_lazy("It is written into the log."),
        choices=ExportReason.choices,
        widget=forms.RadioSelect,
    )


@page
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """The files that were asked for, newest first; none of what is in them."""
    actor = actor_of(request)
    policy.may_list_exports(actor).require()
    rows = policy.exports_visible_to(actor).select_related("by", "agency")
    words = {"may_ask": bool(policy.may_export(actor)), **page_in(request, rows)}
    return render(request, "pages/exchange/exports.html", words)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed_to_send
def export_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may_export(actor).require()
    form = Ask(request.POST if request.method == "POST" else None)
    if made := posted(request, form, lambda data: _ask(data, by=actor)):
        said = gettext_lazy("The file is being made.")
        return onward(request, said, "export", code=made.code)
    words = {
        "title": pgettext_lazy("export", "Take cases out as a file"),
        "words": gettext_lazy(
            "The file holds everything about your agency's own cases. Cases that others have "
            "referred to you are never in it. It bears your name, and is destroyed after some days."
        ),
        "button": pgettext_lazy("export", "Make the file"),
        "form": form,
        "back": reverse("exports"),
    }
    return render(request, "pages/act.html", words)


def _ask(data: dict[str, Any], *, by: Any) -> ExportJob:
    wanted = exporting.Wanted(
        tuple(data["states"]), data["registered_from"], data["registered_until"]
    )
    return exporting.ask(
        kind=FileKind(data["kind"]), wanted=wanted, strict=data["strict"],
        reason=ExportReason(data["reason"]), by=by, at=timezone.now(),
    )  # fmt: skip


@page
@require_safe
def export(request: HttpRequest, code: str) -> HttpResponse:
    """One file: where it stands, fetching it, and taking it back."""
    actor, job = actor_of(request), _find(request, code)
    words = {
        "job": job,
        "kind": filewords.KINDS[FileKind(job.kind)],
        "states": [State(each).label for each in job.states],
        "waits": job.state in EXPORT_WAITS,
        "may_fetch": policy.may_fetch(actor, job, at=timezone.now()),
        "may_revoke": bool(policy.may_revoke(actor, job)) and policy.is_revocable(job),
        "most": settings.EXPORT_MOST_FETCHES,
    }
    return following(request, "pages/exchange/export", words)


@page
@require_POST
@stepup.needed
def export_fetch(request: HttpRequest, code: str) -> HttpResponse:
    """The file itself; each fetching is logged, and counts."""
    _find(request, code)
    return export_file(*exporting.fetch(code=code, by=actor_of(request), at=timezone.now()))


@page
@require_http_methods(["GET", "POST"])
def export_revoke(request: HttpRequest, code: str) -> HttpResponse:
    actor, job = actor_of(request), _find(request, code)
    policy.may_revoke(actor, job).require()
    form = Nothing(request.POST if request.method == "POST" else None)
    act = lambda _: exporting.revoke(code=code, by=actor, at=timezone.now())  # noqa: E731 -- one line
    if posted(request, form, act):
        return onward(request, gettext_lazy("The file is destroyed."), "export", code=code)
    words = {
        "title": pgettext_lazy("export", "Destroy the file"),
        "words": gettext_lazy(
            "Nobody can fetch it any more. What was fetched is out of our hands."
        ),
        "form": form,
        "danger": True,
        "back": reverse("export", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


def _find(request: HttpRequest, code: str) -> ExportJob:
    rows = policy.exports_visible_to(actor_of(request)).select_related("by", "agency")
    found: ExportJob = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("exports/", exports, name="exports"),
    # Words before codes.
    path("exports/new/", export_new, name="export_new"),
    path("exports/<str:code>/", export, name="export"),
    path("exports/<str:code>/fetch/", export_fetch, name="export_fetch"),
    path("exports/<str:code>/revoke/", export_revoke, name="export_revoke"),
]
