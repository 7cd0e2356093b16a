"""A year's figures in the shape of the CTDC: asked for with a reason, approved by another, gone in a week."""

import datetime as dt
import re

from django.db import transaction

from agencies.models import Member
from audit import log
from edge.spreadsheet import as_csv
from figures import ctdc, policy
from figures.models import Extract, Release
from kernel.errors import Invalid, Refused
from seconding import actions as seconding
from seconding.acts import FIGURES_CTDC
from seconding.models import TwoPersonAct

KEPT = dt.timedelta(days=7)
CTDC = "ctdc"
YEAR = re.compile("20[0-9]{2}")


@transaction.atomic
def ask(*, year: str, reason: str, by: Member, at: dt.datetime) -> TwoPersonAct:
    """Ask data protection for the file of a year; nothing is made by it."""
    policy.may_ask(by).require()
    _release_of(year, pointer="/year")
    return seconding.ask(
        act=FIGURES_CTDC, subject=year, facts={"year": int(year)}, reason=reason, by=by, at=at
    )


@transaction.atomic
def make(*, second: str, by: Member, at: dt.datetime) -> Extract:
    """Make the file that a second person has approved. It can be fetched for a week."""
    policy.may_ask(by).require()
    approved = seconding.use(code=second, act=FIGURES_CTDC, by=by, at=at)
    release = _release_of(approved.subject, pointer="")
    extract = Extract(
        release=release, second=approved.code, made_at=at, made_by=by, expires_at=at + KEPT
    )
    text, extract.rows = _text_of(extract)
    extract.sha256 = ctdc.digest_of(text)
    extract.save(force_insert=True)
    log.record(
        "figures.extract", by=by, about=extract.code,
        facts={"year": release.month.year, "rows": extract.rows, "sha256": extract.sha256},
    )  # fmt: skip
    return extract


@transaction.atomic
def fetch(*, extract: Extract, by: Member, at: dt.datetime) -> str:
    """The file, while it has not run out. Each fetching is written down."""
    policy.may_fetch(by).require()
    if extract.expires_at <= at:
        raise Refused("extract_has_expired")
    text, _ = _text_of(extract)
    log.record("figures.fetched", by=by, about=extract.code)
    return text


def _text_of(extract: Extract) -> tuple[str, int]:
    """What a release has published does not change, so the file is made anew each time."""
    cells = extract.release.cells.filter(table=CTDC).values_list("value", "total")
    rows = ctdc.rows_of(cells, code=extract.code)
    return as_csv(rows), len(rows) - 1


def _release_of(year: str, *, pointer: str) -> Release:
    """The release of the year's December."""
    if not YEAR.fullmatch(year):
        raise Invalid("not_a_year", pointer=pointer)
    made = policy.published().filter(month=dt.date(int(year), 12, 1)).first()
    if made is None:
        raise Refused("year_is_not_released")
    return made
