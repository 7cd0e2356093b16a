"""An empty intake form on paper, for a visit without a connection. It names nobody and nothing."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext, override
from django.views.decorators.http import require_safe

from agencies import jurisdiction
from cases.workflow import AgeBand
from pages import labels
from pages.clearforms import USUAL, AboutPerson, Beginning
from pages.consentwords import asked_in
from pages.door import page
from pages.fieldforms import MOST_BOXES, Question
from pages.frame import LANGUAGES
from pages.sections import SECTIONS, asked

CHILD = "child"
# Where the person is is never written on paper.
NOT_ON_PAPER = frozenset({"whereabouts"})
# What says who it is stands on a sheet of its own, kept apart from the rest.
APART = ("contact", "identity")
LINES = {"prose": 5}


@dataclass(frozen=True, slots=True)
class Line:
    """A question on paper: boxes to tick, or so many empty lines."""

    label: Any
    hint: Any
    boxes: list[Any]
    lines: range


@dataclass(frozen=True, slots=True)
class Part:
    title: Promise
    lead: Promise
    questions: list[Line]


@page
@require_safe
def blank(request: HttpRequest) -> HttpResponse:
    """In the language that is asked for, for an adult or for a child."""
    child = request.GET.get("for") == CHILD
    with override(asked_in(request, "language")):
        together = [name for name in SECTIONS if name not in {*NOT_ON_PAPER, *APART}]
        words = {
            "sheets": [
                [_part(name, child=child) for name in names] for names in (together, APART)
            ],
            "child": child,
            "spoken": labels.spoken(),
            "tongues": [(code, get_language_info(code)["name_local"]) for code, _ in LANGUAGES],
        }
        return render(request, "pages/intake/blank.html", words)


def _part(name: str, *, child: bool) -> Part:
    section = SECTIONS[name]
    if section.group is None:
        lines = _beginning() if name == "beginning" else _person(child=child)
    else:
        band = AgeBand.B9 if child else AgeBand.B30
        questions = asked(section.group, band, child=child)
        now = [each for each in questions if not each.words.later]
        lists = labels.choices_of({each.field.codes for each in now if each.field.codes})
        lines = [_line(each, lists.get(each.field.codes, [])) for each in now]
    return Part(section.title, section.lead(child=child), lines)


def _line(each: Question, choices: list[tuple[str, str]]) -> Line:
    if 0 < len(choices) <= MOST_BOXES:
        return _boxes(each.words.label, [words for _, words in choices])
    lines = 3 if each.field.many else LINES.get(each.field.kind, 1)
    # How to choose from a list is of no use on paper.
    hint = "" if each.field.codes else each.words.hint
    return Line(each.words.label, hint, [], range(lines))


def _boxes(label: Any, boxes: list[Any]) -> Line:
    return Line(label, "", boxes, range(0))


def _beginning() -> list[Line]:
    return [_boxes(field.label, _few(field)) for field in Beginning().fields.values()]


def _person(*, child: bool) -> list[Line]:
    form, adult = AboutPerson(), jurisdiction.current().ages.adult_from
    bands = [
        band
        for band in AgeBand
        if band == AgeBand.UNKNOWN
        or (int(band.value.split("-")[0].rstrip("+")) < adult) == child
    ]
    ticked: dict[str, list[Any]] = {
        "age_band": [band.label for band in bands],
        "languages": [labels.language(code) for code in USUAL],
        "needs_interpreter": [gettext("yes"), gettext("no")],
    }
    return [
        Line(
            field.label,
            field.help_text if name == "age_band" else "",
            ticked[name] if name in ticked else _few(field),
            range(1 if name in {"district", "other_language"} else 0),
        )
        for name, field in form.fields.items()
    ]


def _few(field: Any) -> list[Any]:
    """The words of the choices, where there are few enough to print."""
    found = [words for code, words in field.choices if code]
    return found if len(found) <= MOST_BOXES else []


urlpatterns = [path("blank/intake/", blank, name="blank_intake")]
