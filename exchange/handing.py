"""How files leave: their names and types, and what goes with an answer that is one."""

from collections.abc import Iterable
from typing import NamedTuple

from edge import spreadsheet
from exchange import faultwords
from exchange.models import ImportRow
from exchange.sheets.entry import FileKind


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
# Should a browser show it all the same, then without scripts, forms, and an origin.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def headers_of(code: str, type_: Type) -> dict[str, str]:
    """The file goes by its code: any other name would tell about it on whatever disk it ends on."""
    return HEADERS | {"Content-Disposition": f'attachment; filename="{code}{type_.ending}"'}


def faults_as_csv(rows: Iterable[ImportRow]) -> str:
    """Row, column, code and reason of each fault, in the reader's language; no value of the file."""
    lines = [
        (fault["row"], fault["column"], fault["code"], faultwords.of(fault["code"]))
        for row in rows
        for fault in row.faults
    ]
    return spreadsheet.as_csv([("row", "column", "code", "reason"), *lines])
