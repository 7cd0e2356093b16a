"""Warnings: by which rule, what it saw, and what somebody found who looked into it."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import policy as case_policy
from cases.policy import Verb as CaseVerb
from kernel.errors import Refused
from pages import labels
from pages.casefile import open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form
from pages.plan import act_page
from pages.templatetags.words import moment
from reintegration import policy, queries, reading
from reintegration.actions import watching
from reintegration.models import Alert
from reintegration.workflow import Rule

LONG = 4000
# What each rule saw, in a sentence. Whose score dropped makes two of one rule.
SAW: dict[str, Any] = {
    Rule.MISSED_CHECK_IN: gettext_lazy(
        "Somebody was to be in touch with the person by %(day)s, and no contact is written down."
    ),
    Rule.MISSED_REVIEW: gettext_lazy(
        "A review was to be held by %(day)s, and nothing is written down."
    ),
    Rule.NOT_SAFE: gettext_lazy("On %(at)s it was not safe to talk with the person."),
    Rule.NEEDS_HELP: gettext_lazy("On %(at)s the person needed something."),
    f"{Rule.SCORE_DROP} worker": gettext_lazy(
        "%(area)s: the worker's score went from %(from)s to %(to)s."
    ),
    f"{Rule.SCORE_DROP} person": gettext_lazy(
        "%(area)s: the person's own score went from %(from)s to %(to)s."
    ),
    Rule.UNSAFE: gettext_lazy("%(area)s was scored %(score)s at the last review."),
    Rule.SELF_BELOW_WORKER: gettext_lazy(
        "%(area)s: the worker said %(worker)s, the person %(person)s."
    ),
    Rule.OVERDUE_ACTION: gettext_lazy(
        "Something was to be done by %(day)s, and it is still to do."
    ),
}


class Resolve(Form):
    words = forms.CharField(
        label=pgettext_lazy("warning", "What did you find, and what is done about it?"),
        max_length=LONG,
        widget=forms.Textarea,
    )


def saw(alert: Alert) -> str:
    """What the rule saw, for people."""
    because = alert.because
    if alert.rule == Rule.LOST_CONTACT:
        n = len(because["tries"])
        return ngettext(
            "%(n)d try to reach the person failed.",
            "%(n)d tries in a row to reach the person failed.",
            n,
        ) % {"n": n}
    name = f"{alert.rule} {because['who']}" if "who" in because else alert.rule
    return str(SAW[name]) % {
        **because,
        "day": _day(because.get("due_on")),
        "at": moment(_moment(because.get("tried_at"))),
        "area": labels.label(queries.AREAS, because.get("area", "")),
    }


@page
@require_safe
def alerts(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    rows = policy.alerts_visible_to(file.actor).filter(case=file.case)
    shown = page_in(request, rows.select_related("review", "resolved_by"))
    found: list[Alert] = shown["results"]
    for alert in found:
        alert.case = file.case
    opened = request.GET.get("open") == "words"
    texts = reading.resolutions_of(file.actor, found) if opened else {}
    lines = [(alert, saw(alert), texts.get(alert.code, "")) for alert in found]
    may = case_policy.may(file.actor, CaseVerb.REVIEW, file.case, own=True)
    return file.page(
        request,
        "pages/plan/alerts.html",
        "plan",
        here="alerts",
        waiting=[line for line in lines if line[0].resolved_at is None],
        past=[line for line in lines if line[0].resolved_at is not None],
        opened=opened,
        may=may,
        next=shown["next"],
    )


@page
@require_http_methods(["GET", "POST"])
def alert(request: HttpRequest, code: str) -> HttpResponse:
    """Look into a warning, and say what was found."""
    rows = policy.alerts_visible_to(actor_of(request)).select_related("case")
    wanted = get_object_or_404(rows, code=code)
    file = open_file(request, wanted.case.code, own=True)
    asked = request.method == "GET"
    if asked and wanted.resolved_at is not None:
        raise Refused("alert_is_resolved", state="resolved")
    form = Resolve(None if asked else request.POST)
    made = posted(
        request,
        form,
        lambda data: watching.resolve(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        said = gettext_lazy("The warning is looked into. Thank you.")
        return onward(request, said, "alerts", code=file.case.code)
    return act_page(
        request, file, form, _("Look into a warning"),
        reverse("alerts", kwargs={"code": file.case.code}), words=saw(wanted),
    )  # fmt: skip


def _day(text: str | None) -> str:
    day = parse_date(text) if text else None
    return formats.date_format(day, "DATE_FORMAT") if day else ""


def _moment(text: str | None) -> dt.datetime | None:
    return parse_datetime(text) if text else None


urlpatterns = [
    path("cases/<str:code>/warnings/", alerts, name="alerts"),
    path("warnings/<str:code>/", alert, name="alert"),
]
