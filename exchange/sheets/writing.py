"""Entries written as a file that `reading` reads back without loss."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from typing import Any, BinaryIO

from exchange.sheets import cells, making
from exchange.sheets.entry import Entry, FileKind
from exchange.sheets.headers import FURTHER, REFERENCE, WATERMARK, Column, Role
from exchange.sheets.lists import Lists
from exchange.sheets.making import Plain
from exchange.sheets.standard import CURRENT, Holds, StandardField

# A cell of Excel holds no more.
LONGEST = 32_767
NO_CHARACTER = "\ufffd"
# The toolkits' own names of their sheet; the second says that a cell has one code.
TITLES = {FileKind.WORKBOOK: "Sheet1", FileKind.WORKBOOK_SINGLE: "Case Sheet"}
# How several codes stand in one cell.
JOINED = {FileKind.SUBMISSIONS_CSV: " ", FileKind.SUBMISSIONS_JSON: " "}
# How Excel opens a CSV, and how KoBoToolbox exports one.
DIALECTS: dict[FileKind, dict[str, Any]] = {
    FileKind.CSV: {"delimiter": ",", "quoting": csv.QUOTE_MINIMAL},
    FileKind.SUBMISSIONS_CSV: {"delimiter": ";", "quoting": csv.QUOTE_ALL},
}
STANDARD = "Human Trafficking Case Data Standard 2.0"
Turn = dict[str, Any]


class TooLong(ValueError):
    """A text is longer than a cell of a workbook holds. In a further row it would be another text."""


def write(
    kind: FileKind,
    entries: Iterable[Entry],
    to: BinaryIO,
    *,
    watermark: str,
    extensions: Sequence[str] = (),
    strict: Lists | None = None,
) -> int:
    """Write the entries one after the other, and say how many they were.

    `extensions` names every column `x_...` that an entry may have, in their order: they stand in
    the first row, which is written before the first entry is known. With `strict`, only the
    standard's own codes are written. Raises TooLong for a text that a workbook's cell cannot hold,
    and ValueError for a name that no column has and for an entry with several records of a part
    that has no reference.
    """
    form = Form(kind, tuple(extensions), watermark, strict)
    written = count()
    WRITE[kind](form, (each for each, _ in zip(entries, written, strict=False)), to)
    return next(written)


@dataclass(frozen=True)
class Form:
    """How one file is written."""

    kind: FileKind
    extensions: tuple[str, ...]
    watermark: str
    strict: Lists | None

    @cached_property
    def columns(self) -> list[Column]:
        """The toolkit's in its order, the standard's others, then what is ours."""
        single = self.kind == FileKind.WORKBOOK_SINGLE
        return [
            *(Column(field.name, Role.FIELD, field) for field in CURRENT),
            Column(REFERENCE, Role.REFERENCE),
            *(
                Column(FURTHER + field.name, Role.FURTHER, field)
                for field in CURRENT
                if single and field.many
            ),
            *(Column(name, Role.EXTENSION, name=name) for name in self.extensions),
        ]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset({*(field.name for field in CURRENT), *self.extensions})

    def rows(self, entries: Iterable[Entry]) -> Iterator[list[Plain]]:
        """One row for each entry, and those that continue it."""
        for entry in entries:
            turns = self.turns(entry)
            if len(turns) > 1 and not entry.reference:
                raise ValueError("an entry of several rows needs a reference")
            for turn in turns:
                turn[REFERENCE] = entry.reference or None
                yield [self.plain(column, turn) for column in self.columns]

    def turns(self, entry: Entry) -> list[Turn]:
        """What stands in each row of an entry: the n-th record of every part is in the n-th."""
        longest = max((len(records) for records in entry.records.values()), default=0)
        turns: list[Turn] = [{} for _ in range(max(longest, 1))]
        turns[0] |= entry.values | entry.extra
        for records in entry.records.values():
            for turn, record in zip(turns, records, strict=False):
                turn.update(record)
        unknown = set(chain.from_iterable(turns)) - self.names
        if unknown:
            raise ValueError(f"no column for {sorted(unknown)}")
        return turns

    def plain(self, column: Column, turn: Turn) -> Plain:
        """What stands in the column."""
        if column.field is None:
            return turn.get(column.name or column.shown)
        value = turn.get(column.field.name)
        if column.field.holds != Holds.CODE or value is None:
            return None if column.role == Role.FURTHER else value
        codes = self.codes(column.field, value)
        if self.kind == FileKind.WORKBOOK_SINGLE:
            codes = codes[1:] if column.role == Role.FURTHER else codes[:1]
        return JOINED.get(self.kind, ";").join(codes) or None

    def codes(self, field: StandardField, value: str | list[str]) -> list[str]:
        codes = value if isinstance(value, list) else [value]
        if self.strict is not None:
            codes = [self.strict.strict(field.codes, code) for code in codes]
        return list(dict.fromkeys(codes))


def _workbook(form: Form, entries: Iterable[Entry], to: BinaryIO) -> None:
    """The names in the first row, the labels in the second, a number before each row."""
    names = [None, *(column.shown for column in form.columns)]
    labels = [None, *(_label(column) for column in form.columns)]
    numbered = (
        [number, *(_fit(value) for value in row)]
        for number, row in enumerate(form.rows(entries), start=1)
    )
    about = [[STANDARD], [_text(form.watermark)]]
    making.write({TITLES[form.kind]: chain([names, labels], numbered), "about": about}, to)


def _label(column: Column) -> str:
    return column.field.label if column.field and column.role == Role.FIELD else column.shown


def _fit(value: Plain) -> Plain:
    if not isinstance(value, str):
        return value
    told = _text(value)
    if len(told) > LONGEST:
        raise TooLong
    return told


def _separated(form: Form, entries: Iterable[Entry], to: BinaryIO) -> None:
    text = io.TextIOWrapper(to, encoding="utf-8-sig", newline="")
    sheet = csv.writer(text, lineterminator="\r\n", **DIALECTS[form.kind])
    sheet.writerow([*(column.shown for column in form.columns), WATERMARK])
    for row in form.rows(entries):
        sheet.writerow([*(_guarded(value) for value in row), _guarded(form.watermark)])
    text.detach()


def _guarded(value: Plain) -> str:
    return cells.guarded(_text(value)) if isinstance(value, str) else _text(value)


def _nested(form: Form, entries: Iterable[Entry], to: BinaryIO) -> None:
    """As KoBoToolbox gives submissions: every answer a text, records in repeat groups."""
    to.write(b'{"results": [')
    before = "\n"
    for entry in entries:
        to.write(f"{before}{json.dumps(_submission(form, entry), ensure_ascii=False)}".encode())
        before = ",\n"
    to.write(b"\n]}\n")


def _submission(form: Form, entry: Entry) -> dict[str, Any]:
    form.turns(entry)
    whole = entry.values | entry.extra | {REFERENCE: entry.reference}
    answers = _answers(form, whole)
    groups = {
        part: [_answers(form, record) for record in records]
        for part, records in entry.records.items()
    }
    return answers | groups | {WATERMARK: _text(form.watermark)}


def _answers(form: Form, values: Turn) -> dict[str, str]:
    told = ((column.shown, form.plain(column, values)) for column in form.columns)
    return {name: _text(value) for name, value in told if value not in (None, "")}


def _text(value: Plain) -> str:
    """The value in words. What is no character would break the file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.date):
        return value.isoformat()
    return cells.CONTROL.sub(NO_CHARACTER, cells.LINE_END.sub("\n", str(value)))


WRITE: dict[FileKind, Callable[[Form, Iterable[Entry], BinaryIO], None]] = {
    FileKind.WORKBOOK: _workbook,
    FileKind.WORKBOOK_SINGLE: _workbook,
    FileKind.CSV: _separated,
    FileKind.SUBMISSIONS_CSV: _separated,
    FileKind.SUBMISSIONS_JSON: _nested,
}
