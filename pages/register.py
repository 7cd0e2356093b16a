"""The register of processing (GDPR art. 30), to read, to print and as a file for a spreadsheet."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies import policy
from agencies.models import Member
from agencies.policy import Verb
from audit import log
from edge.leaving import csv_file
from edge.spreadsheet import as_csv
from pages.door import actor_of, page
from pages.registersheets import Sheet, every_table, sheets
from pages.registerwords import CLASSES
from rights import register


@page
@require_safe
def register_page(request: HttpRequest) -> HttpResponse:
    """For data protection and auditors: what is processed, and nothing of anybody in need."""
    words: dict[str, Any] = {"sheets": _opened(request, shown="page")}
    return render(request, "pages/protection/register.html", words)


@page
@require_safe
def register_tables(request: HttpRequest) -> HttpResponse:
    """Each column of each table by its class."""
    _opened(request, shown="tables")
    words = {"sheet": every_table(), "classes": CLASSES, "version": register.version()}
    return render(request, "pages/protection/register_tables.html", words)


@page
@require_safe
def register_file(request: HttpRequest) -> HttpResponse:
    """The whole register, one table under the other."""
    rows: list[list[str]] = [[_("Register of processing")]]
    for sheet in [*_opened(request, shown="file"), every_table()]:
        rows += [[], [sheet.title], sheet.head, *sheet.rows]
    name = f"register-{timezone.localdate().isoformat()}-{register.version()}.csv"
    return csv_file(as_csv(rows), name)


def _opened(request: HttpRequest, *, shown: str) -> list[Sheet]:
    """The register for whoever may see it; that it was opened is written down."""
    actor: Member = actor_of(request)
    policy.may(actor, Verb.SEE_REGISTER).require()
    log.record("read.register", by=actor, facts={"as": shown, "version": register.version()})
    return [] if shown == "tables" else sheets(actor, on=timezone.localdate())


urlpatterns = [
    path("data-protection/register/", register_page, name="register"),
    path("data-protection/register/tables/", register_tables, name="register_tables"),
    path("data-protection/register/file/", register_file, name="register_file"),
]
