"""Tables as a CSV file that a spreadsheet opens, and in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# By it a spreadsheet knows that letters are UTF-8.
MARK = "\ufeff"


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows, each cell in quotes; one that begins like a formula stands behind an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerows([_cell(str(value)) for value in row] for row in rows)
    return MARK + file.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
