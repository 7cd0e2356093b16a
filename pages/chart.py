"""The trajectory of a case: a small chart for each area of life, drawn here, and its numbers."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pages import labels
from pages.casefile import open_file
from pages.door import page
from reintegration import queries
from reintegration.models import BEST
from reintegration.queries import Line, Point

Who = Literal["worker", "person"]
# The plane of one chart, in its own units: time goes from left to right, 4 is on top.
LEFT, RIGHT, TOP, BOTTOM = 22, 250, 10, 106


@dataclass(frozen=True, slots=True)
class Mark:
    """One score in its place."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Panel:
    """The chart of one area. A line is broken where nothing was said."""

    area: str
    title: str
    told: str
    worker: list[Mark]
    person: list[Mark]
    worker_lines: list[str]
    person_lines: list[str]
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Axis:
    """The days that all charts of a case share."""

    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        whole = (self.last - self.first).days
        if not whole:
            return (LEFT + RIGHT) / 2
        return round(LEFT + 8 + (RIGHT - LEFT - 16) * (day - self.first).days / whole, 1)


def panels(lines: list[Line]) -> list[Panel]:
    """One for each area that was ever scored, all over the same days."""
    scored = [line for line in lines if line["points"]]
    days = [point["on"] for line in scored for point in line["points"]]
    if not days:
        return []
    axis = Axis(min(days), max(days))
    return [_panel(line, axis) for line in scored]


def grid() -> list[tuple[int, float]]:
    """Each score with its height."""
    return [(score, _y(score)) for score in range(BEST + 1)]


def _panel(line: Line, axis: Axis) -> Panel:
    points = line["points"]
    name = labels.label(queries.AREAS, line["area"])
    return Panel(
        area=line["area"],
        title=name,
        told=" ".join(_told(point) for point in points),
        worker=_marks(points, "worker", axis),
        person=_marks(points, "person", axis),
        worker_lines=_lines(points, "worker", axis),
        person_lines=_lines(points, "person", axis),
        points=points,
    )


def _marks(points: list[Point], who: Who, axis: Axis) -> list[Mark]:
    return [
        Mark(axis.x(point["on"]), _y(score))
        for point in points
        if (score := point[who]) is not None
    ]


def _lines(points: list[Point], who: Who, axis: Axis) -> list[str]:
    """The unbroken stretches of a line, each as SVG's list of points."""
    stretches: list[list[str]] = [[]]
    for point in points:
        score = point[who]
        if score is None:
            stretches.append([])
        else:
            stretches[-1].append(f"{axis.x(point['on'])},{_y(score)}")
    return [" ".join(stretch) for stretch in stretches if len(stretch) > 1]


def _y(score: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * score / BEST


def _told(point: Point) -> str:
    """One review of one area, for who hears the chart."""
    said = {
        "day": date_format(point["on"], "SHORT_DATE_FORMAT"),
        "worker": point["worker"],
        "person": point["person"],
    }
    if point["person"] is None:
        return _("%(day)s: worker %(worker)s.") % said
    if point["worker"] is None:
        return _("%(day)s: person %(person)s.") % said
    return _("%(day)s: worker %(worker)s, person %(person)s.") % said


@page
@require_safe
def trajectory(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    drawn = panels(queries.trajectory(file.case))
    days = [point["on"] for panel in drawn for point in panel.points]
    return file.page(
        request,
        "pages/plan/trajectory.html",
        "plan",
        here="trajectory",
        panels=drawn,
        grid=grid(),
        first=min(days, default=None),
        last=max(days, default=None),
        scale=labels.choices("score"),
        owners=sorted({point["agency"] for panel in drawn for point in panel.points}),
    )


urlpatterns = [path("cases/<str:code>/trajectory/", trajectory, name="trajectory")]
