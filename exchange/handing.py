"""How files leave: their names and types, and what goes with an answer that is one."""

from itertools import islice
from typing import NamedTuple

from django.db.models import QuerySet

from edge import spreadsheet
from edge.leaving import SANDBOXED
from exchange import faultwords
from exchange.models import ImportRow
from exchange.sheets.entry import FileKind

# More than that nobody mends by hand.
MOST_FAULTS = 10_000
MORE_FAULTS = "more_faults"


class Type(NamedTuple):
    """The ending of a file and what it is called on the way."""

    ending: str
    media_type: str


WORKBOOK = Type(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
CSV = Type(".csv", "text/csv; charset=utf-8")
JSON = Type(".json", "application/json")
TYPES: dict[FileKind, Type] = {
    FileKind.WORKBOOK: WORKBOOK,
    FileKind.WORKBOOK_SINGLE: WORKBOOK,
    FileKind.CSV: CSV,
    FileKind.SUBMISSIONS_JSON: JSON,
    FileKind.SUBMISSIONS_CSV: CSV,
}


def headers_of(code: str, type_: Type) -> dict[str, str]:
    """The file goes by its code: any other name would tell about it on whatever disk it ends on."""
    return SANDBOXED | {"Content-Disposition": f'attachment; filename="{code}{type_.ending}"'}


def faults_as_csv(rows: QuerySet[ImportRow]) -> str:
    """Row, column, code and reason of each fault, in the reader's language; no value of the file. Of
    more than `MOST_FAULTS` the last line says that there are more."""
    each = rows.values_list("faults", flat=True).iterator()
    faults = (fault for found in each for fault in found)
    lines = [
        (fault["row"], fault["column"], fault["code"], faultwords.of(fault["code"]))
        for fault in islice(faults, MOST_FAULTS)
    ]
    if next(faults, None) is not None:
        lines.append(("", "", MORE_FAULTS, faultwords.of(MORE_FAULTS)))
    return spreadsheet.as_csv([("row", "column", "code", "reason"), *lines])
