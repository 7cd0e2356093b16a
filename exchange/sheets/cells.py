"""A cell as a file has it, before anybody knows what it should hold."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.sheets.entry import RowFault


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that cannot be taken, and why. What stood in it is not kept."""

    code: RowFault


Cell = str | int | float | bool | dt.date | Broken | None
Cells = list[Cell]
# The rows of a sheet that hold anything, by their number, from the beginning each time.
Rows = Callable[[], Iterator[tuple[int, Cells]]]

LINE_END = re.compile("\r\n?")
# Of the control characters a text may have tabs and line ends; U+FFFE and lone halves of pairs
# are no characters at all.
CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
# What a spreadsheet takes for a formula. Written to a CSV, an apostrophe stands before it, and
# one more before a text that has them already, so that taking one away gives the text back.
LIKE_A_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def text(value: str, *, longest: int) -> Cell:
    """A text without blanks around it and with one kind of line end; None if nothing is left."""
    clean = LINE_END.sub("\n", value).strip()
    if len(clean) > longest:
        return Broken(RowFault.CELL_TOO_LONG)
    if CONTROL.search(clean):
        return Broken(RowFault.CONTROL_CHARACTER)
    return clean or None


def guarded(value: str) -> str:
    """The text as it stands in a CSV that a spreadsheet may open."""
    return f"'{value}" if LIKE_A_FORMULA.match(value) else value


def unguarded(value: str) -> str:
    if value.startswith("'") and LIKE_A_FORMULA.match(value):
        return value[1:]
    return value
