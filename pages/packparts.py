"""What a sealed set of values says, in words, with nothing dropped that has no words of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.translation import pgettext, pgettext_lazy

from cases import groups, records
from cases.workflow import RecordKind
from identification import instruments
from identification.workflow import Answer, Basis
from kernel.fields import Field
from kernel.groups import DataGroup
from pages import disclosed, labels
from pages.facts import Fact, lines_of
from pages.fieldwords import WORDS, Words
from pages.filewords import facts_of
from pages.packwords import COLUMNS
from pages.recordwords import ABOUT
from rights.pack import Item

Values = dict[str, Any]
Parts = list[tuple[Any, list[Fact]]]
Held = tuple[list[Fact], Parts]


def _all(fields: Mapping[str, Field], words: Mapping[str, Words], values: Values) -> list[Fact]:
    """Every value: under its words where it has some, else under its own name."""
    known = [name for name in words if name in values]
    rest = sorted(set(values) - set(known))
    return [
        Fact(
            words[name].label if name in words else name,
            lines_of(fields[name], values[name]) if name in fields else [str(values[name])],
        )
        for name in [*known, *rest]
    ]


def _group(item: Item, values: Values) -> Held:
    group = DataGroup(item.facts["group"])
    return _all(groups.FIELDS[group], WORDS[group], values), []


def _record(item: Item, values: Values) -> Held:
    kind = RecordKind(item.facts["kind"])
    return _all(records.FIELDS[kind], ABOUT[kind].fields, values), []


def _assessment(item: Item, values: Values) -> Held:
    own = []
    if factors := values.get("factors"):
        lines = [labels.label("factor", code) for code in factors]
        own.append(Fact(pgettext_lazy("pack", "Signs of danger and of strength"), lines))
    if values.get("words"):
        own.append(Fact(COLUMNS["text"], [values["words"]]))
    return own, [_need(each) for each in values.get("needs", [])]


def _need(need: Values) -> tuple[Any, list[Fact]]:
    lines = [
        labels.label("need_level", need["level"]),
        labels.label("wants_help", need["wants_help"]),
        need.get("words", ""),
    ]
    area = labels.label("need_area", need["area"])
    return area, [Fact(pgettext_lazy("pack", "Need"), [line for line in lines if line])]


def _screening(item: Item, values: Values) -> Held:
    """Each question with its answer, where it comes from and its day."""
    found = instruments.get(item.facts["instrument"], item.facts["instrument_version"])
    questions = found.questions if found else {}
    said = [
        Fact(
            questions[name].text[labels.spoken()] if name in questions else name, _answer(each)
        )
        for name, each in values.get("answers", {}).items()
    ]
    if values.get("remarks"):
        said.append(Fact(COLUMNS["remarks"], [values["remarks"]]))
    return said, []


def _answer(said: Values) -> list[str]:
    parts = [str(Answer(said["answer"]).label)]
    if basis := said.get("basis"):
        parts.append(str(Basis(basis).label))
    if day := parse_date(str(said.get("on", ""))):
        parts.append(formats.date_format(day, "DATE_FORMAT"))
    return [pgettext("list", ", ").join(parts)]


def _receipt(item: Item, values: Values) -> Held:
    parts: Parts = [(labels.group(DataGroup.TRIAGE), disclosed.card(values["triage"]))]
    for told in disclosed.told(values):
        parts.append((labels.group(told.group), told.facts))
        parts += told.parts
    return [], parts


def _document(item: Item, values: Values) -> Held:
    return [
        Fact(COLUMNS[name], [values[name]]) for name in ("name", "about") if values[name]
    ], []


def _origin(item: Item, values: Values) -> Held:
    return facts_of(values, staff=False), []


# By the table whose column holds them.
HELD: dict[str, Callable[[Item, Values], Held]] = {
    "cases.SealedGroup": _group,
    "cases.Record": _record,
    "cases.Assessment": _assessment,
    "identification.Screening": _screening,
    "referral.Disclosure": _receipt,
    "documents.Document": _document,
    "exchange.Origin": _origin,
}
