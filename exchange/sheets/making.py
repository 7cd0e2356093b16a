"""A workbook (.xlsx) made row by row, straight into its file: on the way nothing of it lies on the
disk, where a library for workbooks would put each sheet."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache
from typing import IO, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from exchange.sheets.cells import LINE_END
from exchange.sheets.workbook import EPOCH, letters

Plain = str | int | float | bool | dt.date | None
Rows = Iterable[Iterable[Plain]]
# Before this day Excel counts wrongly or not at all: an older date is written as a text.
COUNTED = dt.date(1900, 3, 1)
# What Excel would take for a character that is not there.
LIKE_AN_ESCAPE = re.compile("_x(?=[0-9A-Fa-f]{4}_)")
DATED = 1  # the style of a date, in STYLES below
PIECE = 64 * 1024

DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write(sheets: Mapping[str, Rows], to: BinaryIO) -> None:
    """Write the sheets, by their titles. Texts are texts, whatever they begin with."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in _frame(list(sheets)).items():
            book.writestr(_part(name), DECLARED + part)
        for number, rows in enumerate(sheets.values(), start=1):
            sheet = _part(f"xl/worksheets/sheet{number}.xml")
            with book.open(sheet, "w", force_zip64=True) as out:
                _write_sheet(rows, out)


def _frame(titles: list[str]) -> dict[str, str]:
    """The parts beside the sheets."""
    numbers = range(1, len(titles) + 1)
    types = [
        ("xl/workbook.xml", "sheet.main"),
        ("xl/styles.xml", "styles"),
        *((f"xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers),
    ]
    related = [
        *(("worksheet", f"worksheets/sheet{number}.xml") for number in numbers),
        ("styles", "styles.xml"),
    ]
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(
            f'<Override PartName="/{name}" ContentType="{KIND}.{kind}+xml"/>'
            for name, kind in types
        )
        + "</Types>",
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _relations(related),
        "xl/styles.xml": STYLES,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(
            f'<sheet name={quoteattr(title)} sheetId="{number}" r:id="rId{number}"/>'
            for number, title in enumerate(titles, start=1)
        )
        + "</sheets></workbook>",
    }


def _relations(to: list[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{part}"/>'
        for number, (kind, part) in enumerate(to, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def _part(name: str) -> zipfile.ZipInfo:
    """Without a time, so that the same cases give the same file."""
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _write_sheet(rows: Rows, out: IO[bytes]) -> None:
    waiting = [f'{DECLARED}<worksheet xmlns="{MAIN}"><sheetData>']
    size = 0
    for number, row in enumerate(rows, start=1):
        told = "".join(_cell(at, number, value) for at, value in enumerate(row))
        waiting.append(f'<row r="{number}">{told}</row>')
        size += len(told)
        if size > PIECE:
            out.write("".join(waiting).encode())
            waiting, size = [], 0
    out.write("".join([*waiting, "</sheetData></worksheet>"]).encode())


def _cell(at: int, row: int, value: Plain) -> str:
    if value is None or value == "":
        return ""
    place = f'<c r="{_letters(at)}{row}"'
    if isinstance(value, bool):
        return f'{place} t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f"{place}><v>{value!r}</v></c>"
    if isinstance(value, dt.date) and value >= COUNTED:
        return f'{place} s="{DATED}"><v>{(value - EPOCH).days + 1}</v></c>'
    text = escape(LIKE_AN_ESCAPE.sub("_x005F_x", LINE_END.sub("\n", str(value))))
    return f'{place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


_letters = cache(letters)
