"""The rows of a file as lines of known columns, and the lines of one case together."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exchange.sheets import cells
from exchange.sheets.cells import Broken, Cell, Cells, Rows
from exchange.sheets.entry import FileFault, RowFault, Unreadable
from exchange.sheets.headers import Column, Role, column, columns, is_labels, require_once
from exchange.sheets.limits import Limits
from exchange.sheets.lists import Lists
from exchange.sheets.values import EXACT, text
from exchange.sheets.workbook import Merge, letters

# A row may hold these beside what it continues.
BESIDE = frozenset({Role.REFERENCE, Role.INSTANCE, Role.UNKNOWN, Role.UNNAMED, Role.NOTHING})
UUID = "uuid:"
FILLED = 1


@dataclass(slots=True)
class Line:
    """What is not empty in a row, by its column."""

    number: int
    cells: list[tuple[Column, Cell]]
    fault: RowFault | None = None

    @property
    def reference(self) -> str:
        """What it says its case is called; else the name that the submission has."""
        found = ""
        for each, told in self.cells:
            if each.role is Role.REFERENCE and is_name(told):
                return text(told)
            if each.role is Role.INSTANCE and is_name(told):
                found = found or text(told).removeprefix(UUID)
        return found

    @property
    def of_records_alone(self) -> bool:
        return all(each.part or each.role in BESIDE for each, _ in self.cells)


# The first line of a case and those that continue it.
Lines = list[Line]


@dataclass
class Table:
    """The lines of a sheet or a CSV. `even` asks that every row be as long as the header; what
    is merged is known once the rows were read."""

    rows: Rows
    lists: Lists
    limits: Limits
    even: bool = False
    merged: Callable[[], Iterable[Merge]] = tuple
    columns: list[Column] = field(init=False)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        head = first_two(self.rows)
        if not head:
            raise Unreadable(FileFault.EMPTY)
        (number, names), *rest = head
        labels = rest[0][1] if rest and is_labels(rest[0][1], names) else None
        self.begins = rest[0][0] if labels else number
        found = columns(names, labels, self.lists)
        self.columns = [
            each if each.role != Role.UNNAMED else Column(letters(at), Role.UNNAMED)
            for at, each in enumerate(found)
        ]
        self.width = len(names)

    def cases(self) -> Iterator[Lines]:
        """The lines of each case. A case goes on as long as its reference does and only records
        are added."""
        case: Lines = []
        for line in self._lines():
            if not (case and _continues(case[0], line)):
                if case:
                    yield case
                case = []
            case.append(line)
            if len(case) > self.limits.continuing:
                raise Unreadable(FileFault.TOO_MANY_ROWS, line.number)
        if case:
            yield case

    def _lines(self) -> Iterator[Line]:
        filled = bytearray()
        for number, row in self.rows():
            line = self._line(number, row)
            if line.cells:
                filled.extend(bytes(number + 1 - len(filled)))
                filled[number] = FILLED
            if line.cells and number > self.begins:
                yield line
        for each in self.merged():
            held = filled.find(FILLED, each.top, each.bottom + 1)
            if held > 0:
                raise Unreadable(FileFault.MERGED_CELLS, held, letters(each.left))

    def _line(self, number: int, row: Cells) -> Line:
        told: list[tuple[Column, Cell]] = [
            (self._column(at), cell)
            for at, cell in enumerate(row)
            if cell is not None and not (at == 0 and self._counts(cell))
        ]
        uneven = self.even and len(row) != self.width and not _only_longer(row, self.width)
        return Line(number, told, RowFault.UNEVEN_ROW if uneven else None)

    def _column(self, at: int) -> Column:
        if at < len(self.columns):
            return self.columns[at]
        return Column(letters(at), Role.UNNAMED)

    def _counts(self, cell: Cell) -> bool:
        """The toolkit numbers its rows in a first column without a header."""
        numbers = isinstance(cell, int) or (isinstance(cell, str) and cell.isdecimal())
        return self.columns[0].role == Role.UNNAMED and numbers


def is_name(told: Cell) -> bool:
    """Whether a case can be called so: by a text or a whole number."""
    if isinstance(told, float):
        return told.is_integer() and abs(told) < EXACT
    return isinstance(told, str | int) and not isinstance(told, bool)


def first_two(rows: Rows) -> list[tuple[int, Cells]]:
    """The first two rows that hold anything."""
    found = []
    for each in rows():
        found.append(each)
        if len(found) == 2:  # noqa: PLR2004 -- a header and what may be its labels
            break
    return found


def _only_longer(row: Cells, width: int) -> bool:
    """Only blanks stand after the last column."""
    return len(row) > width and all(cell is None for cell in row[width:])


def _continues(first: Line, line: Line) -> bool:
    return first.reference != "" and line.reference == first.reference and line.of_records_alone


@dataclass
class Nested:
    """The lines of submissions: of each the answers, then one for each turn of a repeat group."""

    submissions: Callable[[], Iterator[tuple[int, dict[str, Any]]]]
    lists: Lists
    limits: Limits

    def __post_init__(self) -> None:
        self.known: dict[str, Column] = {}

    def cases(self) -> Iterator[Lines]:
        for number, submission in self.submissions():
            lines = [Line(number, [])]
            self._walk(submission, "", "", lines, lines[0])
            for line in lines:
                require_once((each for each, _ in line.cells), number)
            if len(lines) > self.limits.continuing:
                raise Unreadable(FileFault.TOO_MANY_ROWS, number)
            yield [line for line in lines if line.cells] or lines[:1]

    def _walk(self, value: Any, path: str, place: str, lines: Lines, line: Line) -> None:
        """`path` names the question, `place` also which turn of a group it is."""
        if path.count("/") >= self.limits.depth:
            raise Unreadable(FileFault.TOO_DEEP, line.number)
        if isinstance(value, dict):
            for key, each in value.items():
                self._walk(each, _step(path, key), _step(place, key), lines, line)
        elif _is_repeat(value):
            for turn, each in enumerate(value, start=1):
                lines.append(Line(line.number, []))
                self._walk(each, path, f"{place}[{turn}]", lines, lines[-1])
        else:
            cell = self._cell(value)
            if cell is not None:
                line.cells.append((self._column(path, place), cell))

    def _cell(self, value: Any) -> Cell:
        if isinstance(value, list):
            several = all(isinstance(each, str) for each in value)
            value = ";".join(value) if several else Broken(RowFault.NOT_A_TEXT)
        return (
            cells.text(value, longest=self.limits.characters)
            if isinstance(value, str)
            else value
        )

    def _column(self, path: str, place: str) -> Column:
        if path not in self.known:
            if len(self.known) >= self.limits.columns:
                raise Unreadable(FileFault.TOO_MANY_COLUMNS)
            self.known[path] = column(path, self.lists)
        known = self.known[path]
        return Column(place, known.role, known.field, known.name)


def _step(path: str, key: str) -> str:
    """KoBoToolbox repeats the whole path in the key, ODK says the last step alone."""
    here = cells.CONTROL.sub("", " ".join(key.split()))
    return here if not path or here.startswith(f"{path}/") else f"{path}/{here}"


def _is_repeat(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)
