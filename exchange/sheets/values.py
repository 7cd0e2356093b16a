"""What a cell holds, given what its column is for."""

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from exchange.sheets.cells import Broken, Cell
from exchange.sheets.entry import RowFault
from exchange.sheets.lists import Lists, folded
from exchange.sheets.standard import Holds, StandardField

ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.ASCII | re.DOTALL)
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)
NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,20})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
# Also as Excel writes them in Russian, and as people answer in our three languages.
YES = frozenset({"true", "yes", "y", "1", "1.0", "истина", "да", "так"})
NO = frozenset({"false", "no", "n", "0", "0.0", "ложь", "нет", "не"})
# The standard says one code here, its XLSForm lets people choose several: what is more than one
# is kept apart as an extension.
ONE_BUT_SEVERAL_ASKED = frozenset({"vic_ForcedLabourIndustry"})
MONTHS = 12
EXACT = 10**15


class Order(StrEnum):
    """Which comes first in a date with slashes."""

    DAY = "day"
    MONTH = "month"


class Wrong(Exception):
    """The cell does not hold what it should."""

    def __init__(self, code: RowFault) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reader:
    """How the cells of one file are read. `order` is what its dates with slashes show, if they
    do; `single` says that a cell has one code at most."""

    lists: Lists
    order: Order | None = None
    single: bool = False

    def value(self, field: StandardField, cell: Cell) -> Any:
        """The value, None for an empty cell. Raises Wrong."""
        if isinstance(cell, Broken):
            raise Wrong(cell.code)
        if cell is None:
            return None
        if field.holds == Holds.CODE:
            return self.codes(field, cell)
        return READ[field.holds](self, cell)

    def codes(self, field: StandardField, cell: Cell) -> list[str]:
        """The codes of a cell, each once. Raises Wrong."""
        found = self.several(field, cell)
        if self.single and len(found) > 1:
            raise Wrong(RowFault.ONE_CODE_ONLY)
        return found

    def several(self, field: StandardField, cell: Cell) -> list[str]:
        """The same where a cell of any file may have several."""
        found = self._split(field.codes, text(cell))
        if not found:
            raise Wrong(RowFault.UNKNOWN_CODE)
        return found

    def _split(self, name: str, told: str) -> list[str]:
        """Codes or labels joined by `;`, or codes joined by blanks; nothing if one is unknown."""
        whole = self.lists.code(name, told)
        if whole is not None:
            return [whole]
        joined = self._joined(name, [each for each in told.split(";") if each.strip()])
        return joined or self._apart(name, told.replace(";", " ").split())

    def _joined(self, name: str, pieces: list[str]) -> list[str]:
        """Some of the standard's labels have a `;` themselves: the longest that is known counts."""
        found: list[str] = []
        at = 0
        while at < len(pieces):
            for end in range(len(pieces), at, -1):
                code = self.lists.code(name, ";".join(pieces[at:end]))
                if code is not None:
                    break
            else:
                return []
            found.append(code)
            at = end
        return list(dict.fromkeys(found))

    def _apart(self, name: str, words: list[str]) -> list[str]:
        found = [self.lists.code(name, word) for word in words]
        return list(dict.fromkeys(code for code in found if code)) if all(found) else []

    def date(self, cell: Cell) -> dt.date:
        if isinstance(cell, dt.date):
            return cell
        told = cell if isinstance(cell, str) else ""
        if iso := ISO.fullmatch(told):
            return _day(*iso.groups())
        if dotted := DOTTED.fullmatch(told):
            day, month, year = dotted.groups()
            return _day(year, month, day)
        if slashed := SLASHED.fullmatch(told):
            return self._slashed(*slashed.groups())
        raise Wrong(RowFault.NOT_A_DATE)

    def _slashed(self, first: str, second: str, year: str) -> dt.date:
        shows = order(first, second) or self.order
        if shows is None and int(first) != int(second):
            raise Wrong(RowFault.AMBIGUOUS_DATE)
        day, month = (second, first) if shows == Order.MONTH else (first, second)
        return _day(year, month, day)

    def flag(self, cell: Cell) -> bool:
        told = folded(text(cell))
        if told in YES or told in NO:
            return told in YES
        raise Wrong(RowFault.NOT_YES_OR_NO)

    def number(self, cell: Cell) -> float:
        if isinstance(cell, str) and NUMBER.fullmatch(cell):
            return float(cell.replace(",", "."))
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            # A whole number of a JSON may have more digits than any other number.
            with suppress(OverflowError):
                return float(cell)
        raise Wrong(RowFault.NOT_A_NUMBER)

    def whole(self, cell: Cell) -> int:
        number = self.number(cell)
        if not number.is_integer() or abs(number) >= EXACT:
            raise Wrong(RowFault.NOT_A_WHOLE_NUMBER)
        return int(number)

    def text(self, cell: Cell) -> str:
        return text(cell)


READ = {
    Holds.TEXT: Reader.text,
    Holds.DATE: Reader.date,
    Holds.FLAG: Reader.flag,
    Holds.NUMBER: Reader.number,
    Holds.WHOLE: Reader.whole,
}


def text(cell: Cell) -> str:
    """What a person reads in the cell. Raises Wrong."""
    if isinstance(cell, Broken):
        raise Wrong(cell.code)
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    return "" if cell is None else str(cell)


def order(first: str, second: str) -> Order | None:
    """What a date with slashes shows by itself: no month has a number above twelve."""
    if int(first) > MONTHS >= int(second):
        return Order.DAY
    if int(second) > MONTHS >= int(first):
        return Order.MONTH
    return None


def shown_order(cell: Cell) -> Order | None:
    slashed = SLASHED.fullmatch(cell) if isinstance(cell, str) else None
    return order(slashed[1], slashed[2]) if slashed else None


def _day(year: str, month: str, day: str) -> dt.date:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError as fault:
        raise Wrong(RowFault.NOT_A_DATE) from fault
