"""A file read: what it is, and its entries one after the other."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, Protocol

from exchange.sheets.cells import Broken, Cell, Cells, Rows
from exchange.sheets.entry import (
    Entry,
    Fault,
    FileFault,
    FileKind,
    Head,
    Part,
    RowFault,
    Unreadable,
)
from exchange.sheets.headers import FURTHER, Column, Role, has_names, known_headers
from exchange.sheets.limits import DEFAULT, Limits
from exchange.sheets.lines import Line, Lines, Nested, Table, first_two, is_name
from exchange.sheets.lists import Lists
from exchange.sheets.separated import Separated
from exchange.sheets.standard import Holds, StandardField
from exchange.sheets.submissions import submissions
from exchange.sheets.values import (
    ONE_BUT_SEVERAL_ASKED,
    Order,
    Reader,
    Wrong,
    shown_order,
    text,
)
from exchange.sheets.workbook import SheetName, Workbook, refuse_old

WORKBOOKS = (FileKind.WORKBOOK, FileKind.WORKBOOK_SINGLE)
TABLES = (FileKind.CSV, FileKind.SUBMISSIONS_CSV)
NESTED = (FileKind.SUBMISSIONS_JSON,)
# What the single-select toolkit calls its sheet.
SINGLE = "case sheet"
ARCHIVE, BLANKS = b"PK", b" \t\r\n\0\xef\xbb\xbf\xff\xfe"
HEAD = 64
# Which turn of a repeat group it was says nothing of the question.
TURN = re.compile(r"\[\d+\]")


class Source(Protocol):
    """Where lines come from, as often as they are asked for."""

    def cases(self) -> Iterator[Lines]: ...


@dataclass
class Sheet:
    """A file that was looked through once, and can be read as often as is wanted."""

    head: Head
    source: Source
    reader: Reader

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The entries whose first row comes later than that row; memory grows with the
        references of the file alone."""
        seen: set[str] = set()
        for lines in self.source.cases():
            # As it is known again: see `exchange.store.References`.
            reference = lines[0].reference.strip().casefold()
            if lines[0].number > after:
                table = self.head.kind not in NESTED
                yield _entry(lines, self.reader, again=reference in seen, table=table)
            if reference:
                seen.add(reference)


def opened(
    file: BinaryIO, kind: FileKind | None, lists: Lists, limits: Limits = DEFAULT
) -> Sheet:
    """Look the whole file through. With no kind, it is found out by the content.

    Raises Unreadable; nothing else is ever raised for a file's sake, and nothing is raised later.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(HEAD)
    if not head.strip(BLANKS) and size <= HEAD:
        raise Unreadable(FileFault.EMPTY)
    if size > limits.bytes:
        raise Unreadable(FileFault.TOO_LARGE)
    refuse_old(head, file)
    found, source = _opened(head, file, lists, limits)
    if kind is not None and _family(kind) != _family(found):
        raise Unreadable(FileFault.OTHER_KIND)
    return _looked_through(kind or found, source, lists, limits)


def entries(
    file: BinaryIO, kind: FileKind | None, lists: Lists, *, limits: Limits = DEFAULT
) -> Iterator[Entry]:
    """The entries of a file. Raises Unreadable before the first of them."""
    yield from opened(file, kind, lists, limits).entries()


def _family(kind: FileKind) -> tuple[FileKind, ...]:
    return next(family for family in (WORKBOOKS, TABLES, NESTED) if kind in family)


def _opened(
    head: bytes, file: BinaryIO, lists: Lists, limits: Limits
) -> tuple[FileKind, Source]:
    if head.startswith(ARCHIVE):
        return _workbook(Workbook(file, limits), lists, limits)
    if head.lstrip(BLANKS)[:1] in (b"[", b"{"):
        nested = Nested(lambda: submissions(file, limits), lists, limits)
        return FileKind.SUBMISSIONS_JSON, nested
    return _separated(Separated(file, limits), lists, limits)


def _workbook(book: Workbook, lists: Lists, limits: Limits) -> tuple[FileKind, Source]:
    sheet = _sheet_of_cases(book)
    single = sheet.name.strip().casefold() == SINGLE
    table = Table(partial(book.rows, sheet), lists, limits, merged=lambda: book.merged)
    return FileKind.WORKBOOK_SINGLE if single else FileKind.WORKBOOK, table


def _sheet_of_cases(book: Workbook) -> SheetName:
    """The one sheet with a header that we know."""
    heads = {each.name: _header(partial(book.rows, each)) for each in book.sheets}
    known = [each for each in book.sheets if known_headers(heads[each.name])]
    visible = [each for each in known if not each.hidden]
    found = [each for each in visible if has_names(heads[each.name])] or visible
    if len(found) > 1:
        raise Unreadable(FileFault.SEVERAL_SHEETS, column=found[1].name)
    if not found:
        raise Unreadable(FileFault.SHEET_HIDDEN if known else FileFault.NO_KNOWN_HEADER)
    return found[0]


def _header(rows: Rows) -> Cells:
    found = first_two(rows)
    return found[0][1] if found else []


def _separated(file: Separated, lists: Lists, limits: Limits) -> tuple[FileKind, Source]:
    table = Table(file.by(_delimiter(file)), lists, limits, even=True)
    asked = any(each.role in (Role.INSTANCE, Role.CHOICE) for each in table.columns)
    return FileKind.SUBMISSIONS_CSV if asked else FileKind.CSV, table


def _delimiter(file: Separated) -> str:
    """The one by which the header has most columns that we know."""
    known: dict[str, int] = dict.fromkeys(file.delimiters, 0)
    for mark in known:
        # Quotes that one delimiter breaks are whole with another.
        with suppress(Unreadable):
            known[mark] = known_headers(_header(file.by(mark)))
    return max(known, key=known.__getitem__)


def _looked_through(kind: FileKind, source: Source, lists: Lists, limits: Limits) -> Sheet:
    """Read every line once: whatever refuses the file is found now."""
    seen = _Survey()
    for case in source.cases():
        seen.look(case)
        if seen.rows > limits.rows:
            raise Unreadable(FileFault.TOO_MANY_ROWS, case[-1].number)
    if not seen.rows:
        raise Unreadable(FileFault.NO_ROWS)
    if not seen.known:
        raise Unreadable(FileFault.NO_KNOWN_HEADER)
    if seen.ambiguous:
        raise Unreadable(FileFault.AMBIGUOUS_HEADER, column=seen.ambiguous)
    reader = Reader(lists, seen.order, single=kind == FileKind.WORKBOOK_SINGLE)
    return Sheet(Head(kind, seen.rows, seen.cases, tuple(seen.ignored)), source, reader)


@dataclass
class _Survey:
    """What the lines of a file show together."""

    rows: int = 0
    cases: int = 0
    known: bool = False
    ambiguous: str = ""
    ignored: dict[str, None] = field(default_factory=dict)
    orders: set[Order] = field(default_factory=set)

    def look(self, case: Lines) -> None:
        self.cases += 1
        self.rows += len(case)
        for line in case:
            for column, cell in line.cells:
                self._look(column, cell)

    def _look(self, column: Column, cell: Cell) -> None:
        if column.field is not None:
            self.known = True
            shows = shown_order(cell) if column.field.holds == Holds.DATE else None
            self.orders.update([shows] if shows else [])
        elif column.role == Role.AMBIGUOUS:
            self.ambiguous = column.shown
        elif column.role in (Role.UNKNOWN, Role.UNNAMED):
            self.ignored[TURN.sub("", column.shown)] = None

    @property
    def order(self) -> Order | None:
        """Which comes first in the dates of this file, if they all agree."""
        return next(iter(self.orders)) if len(self.orders) == 1 else None


@dataclass
class _Typed:
    """One line's values: those of the case, and of each part a record."""

    entry: Entry
    records: dict[Part, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)

    def of(self, column: Column) -> dict[str, Any]:
        return (
            self.entry.values
            if column.part is None
            else self.records.setdefault(column.part, {})
        )


def _entry(lines: Lines, reader: Reader, *, again: bool, table: bool) -> Entry:
    """One case of its lines; `again` says that its reference stood further up."""
    first = lines[0]
    entry = Entry(first.number, first.reference)
    for line in lines:
        if line.fault is not None:
            entry.faults.append(Fault(line.number, "", line.fault))
        _read_line(entry, line, reader)
    if again:
        entry.faults.append(Fault(first.number, "", RowFault.DUPLICATE_REFERENCE))
    elif table and first.reference and first.of_records_alone:
        entry.faults.append(Fault(first.number, "", RowFault.CONTINUES_NOTHING))
    return entry


def _read_line(entry: Entry, line: Line, reader: Reader) -> None:
    typed = _Typed(entry)
    whole = {each.field for each, _ in line.cells if each.role == Role.FIELD}
    for column, cell in line.cells:
        # Beside the whole answer, KoBoToolbox may give each choice once more.
        if column.role == Role.CHOICE and column.field in whole:
            continue
        try:
            PUT.get(column.role, _nothing)(typed, column, cell, reader)
        except Wrong as wrong:
            entry.faults.append(Fault(line.number, column.shown, wrong.code))
    for part, record in typed.records.items():
        if record:
            entry.records.setdefault(part, []).append(record)


def _put_field(typed: _Typed, column: Column, cell: Cell, reader: Reader) -> None:
    known = _known(column)
    value = reader.value(known, cell)
    if known.holds == Holds.CODE:
        _put_codes(typed, column, value)
    else:
        typed.of(column)[known.name] = value


def _put_choice(typed: _Typed, column: Column, cell: Cell, reader: Reader) -> None:
    if reader.flag(cell):
        _put_codes(typed, column, [column.name])


def _put_further(typed: _Typed, column: Column, cell: Cell, reader: Reader) -> None:
    _put_codes(typed, column, reader.several(_known(column), cell))


def _put_codes(typed: _Typed, column: Column, codes: list[str]) -> None:
    """Codes come from one column or from several; each counts once."""
    known = _known(column)
    found = typed.codes.setdefault(known.name, [])
    found.extend(code for code in codes if code not in found)
    if known.many:
        typed.of(column)[known.name] = found
        return
    typed.of(column)[known.name] = found[0]
    if len(found) > 1 and known.name not in ONE_BUT_SEVERAL_ASKED:
        raise Wrong(RowFault.ONE_CODE_ONLY)
    if len(found) > 1:
        typed.entry.extra[FURTHER + known.name] = ";".join(found[1:])


def _put_extension(typed: _Typed, column: Column, cell: Cell, reader: Reader) -> None:
    to = typed.entry.extra if column.part is None else typed.of(column)
    to[column.name] = text(cell)


def _put_name(typed: _Typed, column: Column, cell: Cell, reader: Reader) -> None:
    """The line knows it already (`Line.reference`); what it cannot be called by is a fault."""
    if isinstance(cell, Broken):
        raise Wrong(cell.code)
    if not is_name(cell):
        raise Wrong(RowFault.NOT_A_TEXT)


def _nothing(typed: _Typed, column: Column, cell: Cell, reader: Reader) -> None:
    """A column that no value comes from."""


def _known(column: Column) -> StandardField:
    assert column.field is not None, "of these roles each has a field"
    return column.field


PUT = {
    Role.FIELD: _put_field,
    Role.CHOICE: _put_choice,
    Role.FURTHER: _put_further,
    Role.EXTENSION: _put_extension,
    Role.REFERENCE: _put_name,
    Role.INSTANCE: _put_name,
}
