"""A person's pack in words: its sections, each with what is kept, in the language of the moment."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import BooleanField, Model
from django.utils import formats, timezone
from django.utils.translation import gettext, pgettext

from agencies import jurisdiction
from agencies import queries as agencies
from cases.workflow import Assent, GivenBy
from edge import phrases
from guard.texts import TEXTS
from identification import instruments
from pages import labels, logwords, packparts, whosaw
from pages.facts import Fact
from pages.packwords import COLUMNS, GROUPS, LEADS, LEFT_OUT, OUTCOMES, SECTIONS
from pages.packwords import TABLES as TITLES
from rights.pack import Item, Pack, agencies_in, names_agency
from rights.sealedcolumns import TABLES
from rights.tables import column_of

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


def _instrument(code: str) -> str:
    found = instruments.latest(code)
    return found.title[labels.spoken()] if found else code


def _group(code: str) -> str:
    return str(GROUPS.get(code) or labels.group(code))


# And which are said by words of their own.
SAID: dict[tuple[str, str], Callable[[str], Any]] = {
    ("cases.Person", "district"): labels.district,
    ("cases.TimelineEntry", "event"): logwords.of,
    ("guard.Contact", "text"): lambda code: TEXTS.get(code, code),
    ("guard.Contact", "because"): phrases.of,
    ("guard.Contact", "outcome"): OUTCOMES.__getitem__,
    ("identification.Screening", "instrument"): _instrument,
    ("reintegration.Plan", "agreed_by"): lambda code: GivenBy(code).label,
    ("reintegration.Plan", "assent"): lambda code: Assent(code).label,
    ("identification.Decision", "body"): _body,
    ("rights.Item", "rule"): labels.retention_rule,
}
BY_NAME: dict[str, Callable[[str], Any]] = {
    "group": _group,
    "groups": _group,
    "scope": _group,
    "language": labels.language,
    "languages": labels.language,
    "type": labels.service_type,
}


# Which column is the heading of its row.
HEADED = {"cases.SealedGroup": "group", "cases.Record": "kind"}


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows that stand together as one list: those with the same `by`, each under its `label`."""

    label: tuple[str, ...]
    lines: tuple[str, ...]
    by: tuple[str, ...] = ()
    named: bool = False


LISTED = {
    "cases.ConsentScope": Listed(("agency", "purpose"), ("group",), ("consent",)),
    "cases.TimelineEntry": Listed(("happened_at",), ("event", "agency")),
    "reintegration.Score": Listed(("area",), ("worker", "person"), ("review",), named=True),
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


Names = Mapping[str, str]


def words_of(pack: Pack) -> dict[str, Any]:
    """All that the templates of the pack need."""
    names = agencies.names_of(agencies_in(pack))
    return {
        "chapters": [
            Chapter(title, LEADS.get(name, ""), _entries(pack.sections[name], names))
            for name, title in SECTIONS.items()
        ],
        "seen": whosaw.lines_of(pack.seen),
        "left_out": [(LEFT_OUT[name], count) for name, count in pack.left_out.items() if count],
        "until": pack.until,
        "until_rule": labels.retention_rule(pack.until.rule) if pack.until else "",
        "pack": pack,
    }


def _entries(items: list[Item], names: Names) -> list[Entry]:
    """Row by row; what is a list stands together, where its table has its place."""
    entries: list[Entry] = []
    for table, rows in groupby(items, key=lambda item: item.table):
        if table in LISTED:
            entries += _listed(list(rows), LISTED[table], names)
        else:
            entries += [_entry(item, names) for item in rows]
    return entries


def _entry(item: Item, names: Names) -> Entry:
    head = HEADED.get(item.table, "")
    facts = [
        Fact(COLUMNS[_last(path)], _lines(item, path, names))
        for path in item.facts
        if path != head
    ]
    parts: list[tuple[Any, list[Fact]]] = []
    for column, opened in item.words.items():
        if isinstance(opened, str):
            facts.append(Fact(COLUMNS[column], [opened]))
        else:
            own, inner = packparts.HELD[item.table](item, opened)
            facts += own
            parts += inner
    title = _lines(item, head, names)[0] if head else TITLES[item.table]
    return Entry(title, facts, parts)


def _listed(items: list[Item], shape: Listed, names: Names) -> list[Entry]:
    found: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for item in items:
        by = tuple(item.facts[path] for path in shape.by)
        (label,) = _joined(item, shape.label, names)
        lines = found.setdefault(by, {}).setdefault(label, [])
        lines += _joined(item, shape.lines, names, named=shape.named)
    title = TITLES[items[0].table]
    return [
        Entry(
            title,
            [Fact(COLUMNS[path], [code]) for path, code in zip(shape.by, by, strict=True)]
            + [Fact(label, lines) for label, lines in rows.items()],
            [],
        )
        for by, rows in found.items()
    ]


def _joined(
    item: Item, paths: tuple[str, ...], names: Names, *, named: bool = False
) -> list[str]:
    """What these columns say, as far as they say anything: each under its name, or all in a row."""
    said = [(path, line) for path in paths for line in _lines(item, path, names)]
    if named:
        return [f"{COLUMNS[path]}: {line}" for path, line in said]
    return [pgettext("list", ", ").join(line for _, line in said)]


def _lines(item: Item, path: str, names: Names) -> list[str]:
    model, value = MODELS[item.table], item.facts.get(path)
    if value is None:
        return []
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
