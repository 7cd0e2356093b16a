"""What is known of a person as labels and values in words, never as codes."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy

from cases.groups import FIELDS
from cases.models import Case, Person
from cases.workflow import AgeBand, Risk, Source
from kernel.fields import Field
from kernel.groups import DataGroup
from pages import labels
from pages.fieldwords import WORDS, Words

NEEDS = "access_need"


@dataclass(frozen=True, slots=True)
class Fact:
    label: str | Promise
    lines: list[str]


def of_group(group: DataGroup, values: dict[str, Any]) -> list[Fact]:
    """The fields of a group that hold something, in the order in which they are asked."""
    return of_fields(FIELDS[group], WORDS[group], values)


def of_fields(
    fields: Mapping[str, Field], words: Mapping[str, Words], values: Mapping[str, Any]
) -> list[Fact]:
    """The same of any fields with their words."""
    return [
        Fact(said.label, lines_of(fields[name], values[name]))
        for name, said in words.items()
        if name in values
    ]


def of_person(person: Person) -> list[Fact]:
    """What stays in clear of the person; what is not known is left out."""
    spoken = [labels.language(code) for code in person.languages]
    needs = [labels.label(NEEDS, code) for code in person.access_needs]
    yes = [gettext("yes")] if person.needs_interpreter else []
    found = [
        (pgettext_lazy("field", "Age"), [str(AgeBand(person.age_band).label)]),
        (pgettext_lazy("field", "Gender"), [labels.label("prs_Gender", person.gender)]),
        (pgettext_lazy("field", "District"), _named(labels.district(person.district))),
        (pgettext_lazy("field", "Languages"), spoken),
        (pgettext_lazy("field", "Interpreter needed"), yes),
        (pgettext_lazy("field", "Needs on a visit"), needs),
    ]
    return [Fact(label, lines) for label, lines in found if lines]


def of_beginning(case: Case) -> list[Fact]:
    return [
        Fact(pgettext_lazy("field", "Who told us"), [str(Source(case.source).label)]),
        Fact(pgettext_lazy("field", "How much danger"), [str(Risk(case.risk).label)]),
    ]


def _named(name: str) -> list[str]:
    return [name] if name else []


def lines_of(field: Field, value: Any) -> list[str]:
    if field.many:
        return [_said(field, item) for item in value]
    if field.kind == "record":
        # Where a place is, as on an envelope.
        parts = [
            _said(field.fields[name], value[name]) for name in field.fields if name in value
        ]
        return [pgettext("list", ", ").join(parts)]
    return [_said(field, value)]


def _said(field: Field, value: Any) -> str:
    match field.kind:
        case "code":
            return labels.label(field.codes, value)
        case "date":
            return formats.date_format(dt.date.fromisoformat(value), "DATE_FORMAT")
        case "flag":
            return gettext("yes") if value else gettext("no")
    return str(value)
