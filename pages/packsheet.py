"""A person's pack in words: its sections, each with what is kept, in the language of the moment."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Model
from django.utils import formats, timezone
from django.utils.translation import gettext

from agencies import jurisdiction
from agencies import queries as agencies
from edge import phrases
from guard.texts import TEXTS
from pages import labels, logwords, packparts, whosaw
from pages.facts import Fact
from pages.packwords import COLUMNS, LEADS, LEFT_OUT, SECTIONS
from pages.packwords import TABLES as TITLES
from rights.pack import Item, Pack, agencies_in, names_agency
from rights.sealedcolumns import TABLES, column_of

MODELS = {table.name: table.model for table in TABLES}
# Which code list a column speaks; elsewhere its own choices say it, or the value itself.
LISTS: dict[tuple[str, str], str] = {
    ("cases.Person", "gender"): "prs_Gender",
    ("cases.Person", "access_needs"): "access_need",
    ("guard.Contact", "channel"): "contact_channel",
    ("identification.Telling", "way"): "notice_way",
    ("reintegration.CheckIn", "channel"): "check_in_channel",
    ("reintegration.Goal", "area"): "reintegration_area",
    ("reintegration.Plan", "types"): "spl_Type",
    ("reintegration.Plan", "stop_reason"): "plan_stop_reason",
    ("reintegration.Score", "area"): "reintegration_area",
}


def _body(code: str) -> str:
    body = jurisdiction.current().deciding_body(code)
    return labels.label("vic_TraffickingStatusDecisionMakingOrg", body.htcds) if body else code


# And which are said by words of their own.
SAID: dict[tuple[str, str], Callable[[str], Any]] = {
    ("cases.Person", "district"): labels.district,
    ("cases.TimelineEntry", "event"): logwords.of,
    ("guard.Contact", "text"): lambda code: TEXTS.get(code, code),
    ("guard.Contact", "because"): phrases.of,
    ("identification.Decision", "body"): _body,
}
BY_NAME: dict[str, Callable[[str], Any]] = {
    "group": labels.group,
    "groups": labels.group,
    "scope": labels.group,
    "language": labels.language,
    "languages": labels.language,
    "type": labels.service_type,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is kept; `parts` are what it holds under headings of their own."""

    title: Any
    facts: list[Fact]
    parts: list[tuple[Any, list[Fact]]]


@dataclass(frozen=True, slots=True)
class Chapter:
    title: Any
    lead: Any
    entries: list[Entry]


def words_of(pack: Pack) -> dict[str, Any]:
    """All that the templates of the pack need."""
    names = agencies.names_of(agencies_in(pack))
    return {
        "chapters": [
            Chapter(
                title,
                LEADS.get(name, ""),
                [_entry(each, names) for each in pack.sections[name]],
            )
            for name, title in SECTIONS.items()
        ],
        "seen": whosaw.lines_of(pack.seen),
        "left_out": [(LEFT_OUT[name], count) for name, count in pack.left_out.items() if count],
        "until": pack.until,
        "pack": pack,
    }


def _entry(item: Item, names: Mapping[str, str]) -> Entry:
    model = MODELS[item.table]
    facts = [
        Fact(COLUMNS[_last(path)], _lines(model, path, value, names))
        for path, value in item.facts.items()
    ]
    parts: list[tuple[Any, list[Fact]]] = []
    for column, opened in item.words.items():
        if isinstance(opened, str):
            facts.append(Fact(COLUMNS[column], [opened]))
        else:
            own, inner = packparts.HELD[item.table](item, opened)
            facts += own
            parts += inner
    return Entry(TITLES[item.table], facts, parts)


def _lines(model: type[Model], path: str, value: Any, names: Mapping[str, str]) -> list[str]:
    if isinstance(value, list):
        return [str(_said(model, path, each)) for each in value]
    if names_agency(model, path):
        return [names.get(value, value)]
    return [str(_said(model, path, value))]


def _said(model: type[Model], path: str, value: Any) -> Any:
    """One value in words."""
    column, where = column_of(model, path), (model._meta.label, path)
    if isinstance(column, BooleanField):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dt.datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return formats.date_format(value, "DATE_FORMAT")
    if where in LISTS:
        return labels.label(LISTS[where], value)
    if said := SAID.get(where) or BY_NAME.get(_last(path)):
        return said(value)
    return dict(column.flatchoices).get(value, value)


def _last(path: str) -> str:
    return path.rsplit("__", maxsplit=1)[-1]
