"""What the API reads and shows of figures."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from figures.models import Extract, Release
from figures.queries import Figures, Line, Shown

LONG = 4000


class MonthIn(serializers.Serializer[Any]):
    month = serializers.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", max_length=7)


class ExtractIn(serializers.Serializer[Any]):
    """`second` is the code of the request that data protection has approved."""

    second = serializers.CharField(max_length=16)


class ReleaseOut(TypedDict):
    period: str
    state: str
    made_at: dt.datetime | None


class LineOut(TypedDict):
    """`added`: new since the period before, in whole steps; 0 says that no new step is published, not that nobody is new."""

    value: list[str]
    total: int
    added: int
    first_mean: str | None
    last_mean: str | None


class TableOut(TypedDict):
    """`no_step_yet`: values of which no step is published; it tells nothing of how many people they have."""

    table: str
    dimensions: list[str]
    lines: list[LineOut]
    no_step_yet: list[str]


class FiguresOut(TypedDict):
    period: str
    made_at: dt.datetime
    step: int
    tables: list[TableOut]


class ExtractOut(TypedDict):
    code: str
    year: int
    rows: int
    sha256: str
    made_at: dt.datetime
    made_by: str
    expires_at: dt.datetime


def release_out(release: Release) -> ReleaseOut:
    return {"period": release.period, "state": release.state, "made_at": release.made_at}


def figures_out(figures: Figures) -> FiguresOut:
    return {
        "period": figures.period,
        "made_at": figures.made_at,
        "step": figures.step,
        "tables": [_table_out(shown) for shown in figures.tables],
    }


def _table_out(shown: Shown) -> TableOut:
    return {
        "table": shown.table.code,
        "dimensions": list(shown.table.dims),
        "lines": [_line_out(line) for line in shown.lines],
        "no_step_yet": shown.no_step_yet,
    }


def _line_out(line: Line) -> LineOut:
    return {
        "value": list(line.parts),
        "total": line.total,
        "added": line.added,
        "first_mean": None if line.first_mean is None else str(line.first_mean),
        "last_mean": None if line.last_mean is None else str(line.last_mean),
    }


def extract_out(extract: Extract) -> ExtractOut:
    return {
        "code": extract.code,
        "year": extract.release.month.year,
        "rows": extract.rows,
        "sha256": extract.sha256,
        "made_at": extract.made_at,
        "made_by": extract.made_by.username,
        "expires_at": extract.expires_at,
    }
