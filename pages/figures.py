"""The figures: what was published, as charts and tables, to read, to print and to take along."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from edge import stepup
from edge.leaving import csv_file
from figures import files, noise, periods, policy, queries
from figures.actions import extracting, releasing
from figures.models import Release
from figures.queries import Figures
from pages import figurewords
from pages.bars import charts
from pages.door import actor_of, onward, page, page_in, posted
from pages.figuressummary import summary
from pages.forms import Form
from seconding import policy as seconding
from seconding.acts import FIGURES_CTDC

# How far back the chooser of a period goes, and how far back a release may begin.
MOST_MONTHS, FARTHEST_MONTHS = 36, 12
HEAD = (
    pgettext_lazy("figures", "Period"), pgettext_lazy("figures", "Table"),
    pgettext_lazy("figures", "Value"), pgettext_lazy("figures", "At least"),
    pgettext_lazy("figures", "New since the period before"),
    pgettext_lazy("figures", "Mean score at the first review"),
    pgettext_lazy("figures", "Mean score at the newest review"),
    pgettext_lazy("figures", "No whole step yet of"),
)  # fmt: skip


class MonthForm(Form):
    """A month that is over and later than what was made."""

    month = forms.ChoiceField(label=pgettext_lazy("figures", "Month"))


class YearForm(Form):
    year = forms.CharField(
        label=pgettext_lazy("figures", "Year"), max_length=4,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=pgettext_lazy("figures", "For whom the file is, and why"),
        widget=forms.Textarea, max_length=4000,
    )  # fmt: skip


@page
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The newest figures, or a word that there are none yet."""
    actor = actor_of(request)
    policy.may_see(actor).require()
    return _shown(request, policy.visible_to(actor), request.GET.get("period", ""), actor)


@require_safe
def open_figures(request: HttpRequest) -> HttpResponse:
    """The same for everybody, where the installation publishes them."""
    if not settings.FIGURES_PUBLIC:
        raise Http404
    return _shown(request, policy.published(), request.GET.get("period", ""), None)


def _shown(
    request: HttpRequest, released: QuerySet[Release], period: str, actor: Member | None
) -> HttpResponse:
    months = list(released.values_list("month", flat=True)[:MOST_MONTHS])
    chosen = period or (f"{months[0]:%Y-%m}" if months else "")
    found = queries.figures_of(chosen, released) if chosen else None
    if chosen and found is None:
        raise Http404
    words = {
        "found": found,
        "called": called(chosen),
        "periods": [(each, called(each)) for each in _periods(months)],
        "charts": charts(found.tables) if found else [],
        "may_ask": bool(actor and policy.may_ask(actor)),
        "may_see_extracts": bool(actor and policy.may_see_extracts(actor)),
        "being_made": list(policy.asked_visible_to(actor)) if actor else [],
        "public": actor is None,
    }
    return render(request, "pages/figures/figures.html", words)


def _periods(months: list[dt.date]) -> Iterable[str]:
    yield from (f"{month:%Y-%m}" for month in months)
    yield from queries.quarters_of(months)


def called(period: str) -> str:
    """A month or a quarter in the reader's words."""
    months = periods.months_of(period)
    if len(months) == 1:
        return date_format(months[0], "YEAR_MONTH_FORMAT")
    if months:
        said = {"number": (months[0].month + 2) // 3, "year": months[0].year}
        return gettext("Quarter %(number)s of %(year)s") % said
    return ""


@page
@require_safe
def figures_report(request: HttpRequest, period: str) -> HttpResponse:
    """The national report of a period, to be printed."""
    found = _find(request, period)
    words = {
        "found": found,
        "called": called(period),
        "charts": charts(found.tables),
        "sentences": summary(found),
    }
    return render(request, "pages/figures/report.html", words)


@page
@require_safe
def figures_file(request: HttpRequest, period: str) -> HttpResponse:
    """A table for a spreadsheet, in the reader's words."""
    text = files.by_words(
        _find(request, period),
        tuple(str(each) for each in HEAD),
        lambda shown: str(figurewords.TITLES[shown.table.code]),
        lambda shown, parts: figurewords.words(shown.table.dims, parts),
    )
    return csv_file(text, f"figures-{period}.csv")


@page
@require_http_methods(["GET", "POST"])
def figures_ask(request: HttpRequest) -> HttpResponse:
    """Want the figures of a month that is over."""
    actor = actor_of(request)
    policy.may_ask(actor).require()
    form = MonthForm(request.POST if request.method == "POST" else None)
    form.fields["month"].choices = _months_to_ask(actor)  # type: ignore[attr-defined]  # of a choice
    made = posted(
        request, form,
        lambda data: releasing.ask(
            month=periods.month_of(data["month"]), by=actor, at=timezone.now()
        ),
    )  # fmt: skip
    if made:
        return onward(request, gettext("Asked for. They are made within minutes."), "figures")
    words = {
        "title": gettext("Make the figures of a month"),
        "words": gettext(
            "They are made once and never change. Months before a made one are not made any more."
        ),
        "form": form,
        "back": reverse("figures"),
    }
    return render(request, "pages/act.html", words)


def _months_to_ask(actor: Member) -> list[tuple[str, str]]:
    """Those that are over, since the last that was made or is being made."""
    last = policy.every_visible_to(actor).order_by("-month").first()
    newest = periods.newest_over(timezone.now())
    months = [newest - relativedelta(months=n) for n in range(FARTHEST_MONTHS)]
    names = [f"{month:%Y-%m}" for month in months if last is None or month > last.month]
    return [(name, called(name)) for name in names]


@page
@require_safe
def figures_ctdc(request: HttpRequest) -> HttpResponse:
    """Files in the shape of the CTDC's data: what was made, and what waits for a second person."""
    actor = actor_of(request)
    policy.may_see_extracts(actor).require()
    now = timezone.now()
    waiting = seconding.visible_to(actor).filter(act=FIGURES_CTDC).order_by("-pk")[:20]
    shown = page_in(request, policy.extracts_visible_to(actor))
    words = {
        "requests": list(waiting),
        "extracts": [(each, each.expires_at > now) for each in shown["results"]],
        "next": shown["next"],
        "may_ask": bool(policy.may_ask(actor)),
        "may_fetch": bool(policy.may_fetch(actor)),
    }
    return render(request, "pages/figures/ctdc.html", words)


@page
@stepup.needed_to_send
@require_http_methods(["GET", "POST"])
def figures_ctdc_ask(request: HttpRequest) -> HttpResponse:
    """Ask data protection for the file of a year."""
    actor = actor_of(request)
    policy.may_ask(actor).require()
    form = YearForm(request.POST if request.method == "POST" else None)
    made = posted(
        request, form, lambda data: extracting.ask(**data, by=actor, at=timezone.now())
    )
    if made:
        said = gettext("Asked for. Data protection decides, and you are told.")
        return onward(request, said, "approval", code=made.code)
    words = {
        "title": gettext("Ask for a file in the shape of the CTDC"),
        "words": gettext(
            "One row for each person of a whole step, and each row at least twenty times over. "
            "The figures of December of that year must be made."
        ),
        "form": form,
        "button": pgettext_lazy("figures", "Ask"),
        "back": reverse("figures_ctdc"),
    }
    return render(request, "pages/act.html", words)


@page
@stepup.needed
@require_safe
def figures_ctdc_file(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(policy.extracts_visible_to(actor), code=code)
    text = extracting.fetch(extract=found, by=actor, at=timezone.now())
    return csv_file(text, f"ctdc-{found.release.month.year}-{found.code}.csv")


@page
@require_safe
def figures_noisy(request: HttpRequest) -> HttpResponse:
    """Numbers with noise in them, and what of the budget they cost."""
    actor = actor_of(request)
    policy.may_see(actor).require()
    years = queries.noisy_of(policy.noisy_visible_to(actor))
    spent = queries.spent_of(policy.spent_visible_to(actor))
    words = {
        "budget": noise.epsilon(),
        "years": [
            (year, spent.get(year), [_noisy(code, rows) for code, rows in tables.items()])
            for year, tables in list(years.items())[:3]
        ],
    }
    return render(request, "pages/figures/noisy.html", words)


def _noisy(code: str, rows: list[Any]) -> tuple[str, int, list[tuple[str, int]]]:
    """A table's title, what to give or take, and its numbers by their words."""
    dims = noise.dims_of(code)
    lines = [(figurewords.words(dims, (row.value,)), row.about) for row in rows]
    return str(figurewords.TITLES[code]), rows[0].give_or_take, lines


def _find(request: HttpRequest, period: str) -> Figures:
    actor = actor_of(request)
    policy.may_see(actor).require()
    if (found := queries.figures_of(period, policy.visible_to(actor))) is None:
        raise Http404
    return found


urlpatterns = [
    path("figures/", figures, name="figures"),
    path("figures/open/", open_figures, name="open_figures"),
    path("figures/ask/", figures_ask, name="figures_ask"),
    path("figures/noisy/", figures_noisy, name="figures_noisy"),
    path("figures/ctdc/", figures_ctdc, name="figures_ctdc"),
    path("figures/ctdc/ask/", figures_ctdc_ask, name="figures_ctdc_ask"),
    path("figures/ctdc/<str:code>/file/", figures_ctdc_file, name="figures_ctdc_file"),
    path("figures/<str:period>/report/", figures_report, name="figures_report"),
    path("figures/<str:period>/file/", figures_file, name="figures_file"),
]
