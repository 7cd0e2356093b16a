"""Bad files: each is refused, or its row is, for what it is; never more, and never a crash."""

import datetime as dt
import io
import json
import random
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from openpyxl import Workbook

from exchange.sheets import reading
from exchange.sheets.entry import FileFault, FileKind, RowFault, Unreadable
from exchange.sheets.limits import DEFAULT
from exchange.sheets.lists import Lists
from tests.exchange.sheets import books
from tests.exchange.sheets.books import book, part, parts, table

pytestmark = pytest.mark.django_db
HEAD = ["prs_FirstName", "prs_Title", "hte_City"]
GOOD = book(HEAD, ["A", "B", "C"])
SMALL = replace(
    DEFAULT, rows=5, columns=10, characters=20, continuing=3, bytes=20_000, strings=40
)


def sheets(**more: str) -> bytes:
    """A workbook of several sheets, each with the header; the value is the sheet's state."""
    made = Workbook()
    made.remove(made["Sheet"])
    for title, state in more.items():
        sheet = made.create_sheet(title)
        sheet.append(HEAD)
        sheet.append(["A", "B", "C"])
        sheet.sheet_state = state
    if "visible" not in more.values():
        made.create_sheet("Empty")
    return books.saved(made)


def merged(area: str) -> bytes:
    return book(HEAD, ["A", "B", "C"], change=lambda sheet: sheet.merge_cells(area))


def within(name: str, old: bytes, new: bytes) -> bytes:
    """The good workbook with one part changed."""
    assert old in part(GOOD, name)
    return parts(GOOD, {name: part(GOOD, name).replace(old, new)})


def rows_xml(rows: bytes) -> bytes:
    sheet = part(GOOD, "xl/worksheets/sheet1.xml")
    start, end = sheet.index(b"<sheetData>"), sheet.index(b"</sheetData>")
    return parts(
        GOOD,
        {"xl/worksheets/sheet1.xml": sheet[: start + len(b"<sheetData>")] + rows + sheet[end:]},
    )


def shared(strings: bytes) -> bytes:
    """The good workbook with texts that its cells may share, as Excel itself keeps them."""
    related = part(GOOD, "xl/_rels/workbook.xml.rels")
    relation = b'<Relationship Id="rId99" Type="%s/sharedStrings" Target="sharedStrings.xml"/>'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    end = b"</Relationships>"
    return parts(
        GOOD,
        {
            "xl/_rels/workbook.xml.rels": related.replace(end, relation % office + end),
            "xl/sharedStrings.xml": strings,
        },
    )


def bomb() -> bytes:
    """A sheet of 500 MB of blanks in half a megabyte."""
    out = io.BytesIO(GOOD)
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(500):
            sheet.write(b" " * 1024 * 1024)
    return out.getvalue()


def lying_bomb() -> bytes:
    """It says of a part of 30 MB that it is of 100 bytes."""
    wide = part(GOOD, "xl/worksheets/sheet1.xml").replace(
        b"<sheetData>", b" " * 30_000_000 + b"<sheetData>"
    )
    content = bytearray(parts(GOOD, {"xl/worksheets/sheet1.xml": wide}))
    size = len(wide).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


def many_parts() -> bytes:
    return parts(GOOD, {f"xl/media/{number}.bin": b"" for number in range(501)})


def locked_zip() -> bytes:
    """Every part says of itself that it is encrypted."""
    content = bytearray(GOOD)
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
LINKED = {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
EXCEL = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"

# What the file is, how it is made, and why the whole of it is refused.
REFUSED: dict[str, tuple[Callable[[], bytes], FileFault]] = {
    "nothing at all": (lambda: b"", FileFault.EMPTY),
    "blanks and a mark of UTF-8": (lambda: b"\xef\xbb\xbf \r\n ", FileFault.EMPTY),
    "a workbook without a cell": (book, FileFault.NO_KNOWN_HEADER),
    "a header and nothing under it": (lambda: book(HEAD), FileFault.NO_ROWS),
    "a CSV of a header alone": (lambda: table("prs_FirstName,prs_Title"), FileFault.NO_ROWS),
    "an empty list of submissions": (lambda: b"[]", FileFault.NO_ROWS),
    "no header that we know": (lambda: book(["Shoe", "Size"], ["A", 1]), FileFault.NO_KNOWN_HEADER),
    "a CSV without a header": (lambda: table("Anna,Smith,1987"), FileFault.NO_KNOWN_HEADER),
    "an address book": (
        lambda: table("Name,Email,Phone,Fax,Shoe", "A,B,C,D,E"), FileFault.WRONG_HEADERS,
    ),
    "a label that three fields have": (
        lambda: table("prs_FirstName,Longitude", "A,1"), FileFault.AMBIGUOUS_HEADER,
    ),
    "a header twice": (
        lambda: table("prs_FirstName,prs_First_Name", "A,B"), FileFault.DUPLICATE_HEADER,
    ),
    "an extension twice": (
        lambda: table("prs_FirstName,x_a,x_a", "A,B,C"), FileFault.DUPLICATE_HEADER,
    ),
    "the sheet is hidden": (lambda: sheets(Cases="hidden"), FileFault.SHEET_HIDDEN),
    "the sheet is very hidden": (lambda: sheets(Cases="veryHidden"), FileFault.SHEET_HIDDEN),
    "two sheets of cases": (
        lambda: sheets(Cases="visible", More="visible"), FileFault.SEVERAL_SHEETS,
    ),
    "the sheet's part is missing": (
        lambda: parts(GOOD, {"xl/worksheets/sheet1.xml": None}), FileFault.NO_SHEET,
    ),
    "no sheet at all": (
        lambda: within("xl/workbook.xml", b"<sheet ", b"<nosheet "), FileFault.NO_SHEET,
    ),
    "cells merged in a row": (lambda: merged("A2:B2"), FileFault.MERGED_CELLS),
    "cells merged over rows": (lambda: merged("B2:B9"), FileFault.MERGED_CELLS),
    "cells merged in the header": (lambda: merged("A1:B1"), FileFault.MERGED_CELLS),
    "macros": (lambda: parts(GOOD, {"xl/vbaProject.bin": b"x"}), FileFault.MACROS),
    "a type that has macros": (
        lambda: within("[Content_Types].xml", EXCEL, MACRO), FileFault.MACROS,
    ),
    "links to another workbook": (lambda: parts(GOOD, LINKED), FileFault.EXTERNAL_LINKS),
    "a connection to a database": (
        lambda: parts(GOOD, {"xl/connections.xml": b"<connections/>"}), FileFault.EXTERNAL_LINKS,
    ),
    "a zip bomb": (bomb, FileFault.ZIP_BOMB),
    "a zip bomb that lies": (lying_bomb, FileFault.BROKEN),
    "a part of 30 MB of blanks": (
        lambda: parts(GOOD, {"xl/styles.xml": b" " * 30_000_000}), FileFault.ZIP_BOMB,
    ),
    "500 parts too many": (many_parts, FileFault.ZIP_BOMB),
    "a locked archive": (locked_zip, FileFault.ENCRYPTED),
    "an encrypted workbook": (
        lambda: OLD + "EncryptedPackage".encode("utf-16-le"), FileFault.ENCRYPTED,
    ),
    "an .xls of old": (lambda: OLD, FileFault.OLD_WORKBOOK),
    "an entity in a sheet": (
        lambda: within("xl/worksheets/sheet1.xml", b"<worksheet", DOCTYPE + b"<worksheet"),
        FileFault.XML_ENTITIES,
    ),
    "an entity in the list of sheets": (
        lambda: within("xl/workbook.xml", b"<workbook ", DOCTYPE + b"<workbook "),
        FileFault.XML_ENTITIES,
    ),
    "an entity among the shared texts": (
        lambda: shared(DOCTYPE + b"<sst><si><t>&b;</t></si></sst>"), FileFault.XML_ENTITIES,
    ),
    "a document for Word": (
        lambda: parts(GOOD, {"_rels/.rels": part(GOOD, "_rels/.rels").replace(b"xl/", b"word/")}),
        FileFault.UNKNOWN_KIND,
    ),
    "an archive of something else": (
        lambda: parts(GOOD, {"[Content_Types].xml": None}), FileFault.UNKNOWN_KIND,
    ),
    "half a workbook": (lambda: GOOD[: len(GOOD) // 2], FileFault.BROKEN),
    "a workbook without its end": (lambda: GOOD[:-8], FileFault.BROKEN),
    "half a sheet": (
        lambda: parts(
            GOOD, {"xl/worksheets/sheet1.xml": part(GOOD, "xl/worksheets/sheet1.xml")[:-60]}
        ),
        FileFault.BROKEN,
    ),
    "XML that is none": (lambda: parts(GOOD, {"xl/workbook.xml": b"<<"}), FileFault.BROKEN),
    "a text that is not there": (
        lambda: rows_xml(b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), FileFault.BROKEN,
    ),
    "rows that run backwards": (
        lambda: rows_xml(b'<row r="5"><c r="A5"><v>1</v></c></row><row r="2"/>'), FileFault.BROKEN,
    ),
    "a cell of no kind": (
        lambda: rows_xml(b'<row r="1"><c r="A1" t="z"><v>1</v></c></row>'), FileFault.BROKEN,
    ),
    "a column far out": (
        lambda: book(HEAD, ["A"], change=lambda sheet: sheet.cell(2, 16384, "x")),
        FileFault.TOO_MANY_COLUMNS,
    ),
    "a CSV of 501 columns": (
        lambda: table(",".join(["prs_FirstName"] + ["x"] * 500), "A"), FileFault.TOO_MANY_COLUMNS,
    ),
    "windows-1252": (
        lambda: table("prs_FirstName,prs_Title", "José,Mañana", encoding="cp1252"),
        FileFault.UNKNOWN_ENCODING,
    ),
    "half a character": (
        lambda: "prs_FirstName\r\nЖ".encode("utf-16")[:-1], FileFault.UNKNOWN_ENCODING,
    ),
    "a nul byte": (lambda: table("prs_FirstName", "A\0"), FileFault.NUL_BYTE),
    "UTF-16 without its mark": (
        lambda: table("prs_FirstName", "A", encoding="utf-16-le"), FileFault.NUL_BYTE,
    ),
    "a quote that never closes": (
        lambda: table("prs_FirstName,prs_Title", '"A,B', "C,D"), FileFault.UNCLOSED_QUOTE,
    ),
    "a quote that closes too early": (
        lambda: table("prs_FirstName,prs_Title", '"A"x,B'), FileFault.BROKEN_QUOTES,
    ),
    "half a JSON": (lambda: b'[{"prs_FirstName": "A"}, {"prs_Fi', FileFault.BROKEN),
    "a JSON with more after its end": (lambda: b'[{"prs_FirstName": "A"}] x', FileFault.BROKEN),
    "a JSON with a comma too many": (lambda: b'[{"prs_FirstName": "A"},]', FileFault.BROKEN),
    "no number": (lambda: b'[{"prs_NumberOfChildren": NaN}]', FileFault.BROKEN),
    "a number of 5,000 digits": (
        lambda: b'[{"prs_NumberOfChildren": %s}]' % (b"9" * 5000), FileFault.BROKEN,
    ),
    "a key twice": (
        lambda: b'[{"prs_FirstName": "A", "prs_FirstName": "B"}]', FileFault.DUPLICATE_HEADER,
    ),
    "a question in two groups": (
        lambda: b'[{"a/prs_FirstName": "A", "b/prs_FirstName": "B"}]', FileFault.DUPLICATE_HEADER,
    ),
    "a JSON without a list": (lambda: b'{"prs_FirstName": "A"}', FileFault.UNKNOWN_KIND),
    "a list of words": (lambda: b'["prs_FirstName"]', FileFault.UNKNOWN_KIND),
    "submissions of another form": (lambda: b'[{"shoe": 38}]', FileFault.NO_KNOWN_HEADER),
    "lists in lists in lists": (
        lambda: b'[{"prs_FirstName": ' + b"[" * 100_000, FileFault.TOO_DEEP,
    ),
    "groups in groups in groups": (
        lambda: json.dumps([nested(20)]).encode(), FileFault.TOO_DEEP,
    ),
    "a submission of 3 MB": (
        lambda: json.dumps([{"prs_Title": "x" * 3_000_000}]).encode(), FileFault.TOO_HEAVY,
    ),
}  # fmt: skip


def nested(depth: int) -> dict[str, Any]:
    return {"g": nested(depth - 1)} if depth else {"prs_FirstName": "A"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_for_what_it_is(name: str, lists: Lists) -> None:
    make, fault = REFUSED[name]

    with pytest.raises(Unreadable) as refused:
        reading.opened(io.BytesIO(make()), None, lists)

    assert refused.value.code == fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (table("prs_FirstName", *"ABCDEF"), FileFault.TOO_MANY_ROWS),
        (table("x_Reference,prs_FirstName,hte_City", "R,A,", "R,,B", "R,,C", "R,,D"),
         FileFault.TOO_MANY_ROWS),
        (book(["prs_FirstName"], *([letter] for letter in "ABCDEF")), FileFault.TOO_MANY_ROWS),
        (json.dumps([{"prs_FirstName": letter} for letter in "ABCDEF"]).encode(),
         FileFault.TOO_MANY_ROWS),
        (json.dumps([{f"q{n}": "1" for n in range(11)}]).encode(), FileFault.TOO_MANY_COLUMNS),
        (table("prs_FirstName", "A" * 20_000), FileFault.TOO_LARGE),
        (shared(b"<sst>" + b"<si><t>ab</t></si>" * 41 + b"</sst>"), FileFault.TOO_HEAVY),
    ],
)  # fmt: skip
def test_a_file_is_no_larger_than_the_limits(
    content: bytes, fault: FileFault, lists: Lists
) -> None:
    with pytest.raises(Unreadable) as refused:
        reading.opened(io.BytesIO(content), None, lists, SMALL)

    assert refused.value.code == fault


def test_what_unfolds_is_summed_before_it_unfolds(lists: Lists) -> None:
    """Also where no part is suspicious by itself."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        whole = sum(each.file_size for each in archive.infolist())
    just = reading.opened(io.BytesIO(GOOD), None, lists, replace(DEFAULT, inflated=whole))

    with pytest.raises(Unreadable) as refused:
        reading.opened(io.BytesIO(GOOD), None, lists, replace(DEFAULT, inflated=whole - 1))

    assert (just.head.entries, refused.value.code) == (1, FileFault.ZIP_BOMB)


@pytest.mark.parametrize("kind", FileKind)
@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (GOOD, (FileKind.WORKBOOK, FileKind.WORKBOOK_SINGLE)),
        (table("prs_FirstName", "A"), (FileKind.CSV, FileKind.SUBMISSIONS_CSV)),
        (b'[{"prs_FirstName": "A"}]', (FileKind.SUBMISSIONS_JSON,)),
    ],
    ids=["workbook", "csv", "json"],
)
def test_a_file_is_what_it_is_said_to_be(
    content: bytes, kinds: tuple[FileKind, ...], kind: FileKind, lists: Lists
) -> None:
    try:
        read: Any = reading.opened(io.BytesIO(content), kind, lists).head.kind
    except Unreadable as refused:
        read = refused.code

    assert read == (kind if kind in kinds else FileFault.OTHER_KIND)


LATER = "later"
REFERRED = ("prs_FirstName", "x_Reference")
# What stands in the file, and what is wrong with which row; the row that follows is whole.
FAULTY: dict[str, tuple[bytes, list[tuple[int, str, RowFault]]]] = {
    "a formula": (
        book(HEAD, ["=HYPERLINK(A1)", "B"], [LATER]), [(2, "prs_FirstName", RowFault.FORMULA)],
    ),
    "a reference that is a formula": (
        book(REFERRED, ["A", "=A1"], [LATER, "B-2"]), [(2, "x_Reference", RowFault.FORMULA)],
    ),
    "a reference that is a date": (
        book(REFERRED, ["A", dt.date(2026, 3, 9)], [LATER, "B-2"]), [(2, "x_Reference", RowFault.NOT_A_TEXT)],
    ),
    "a reference that is a decimal": (
        book(REFERRED, ["A", 1.5], [LATER, "B-2"]), [(2, "x_Reference", RowFault.NOT_A_TEXT)],
    ),
    "a reference that is yes": (
        book(REFERRED, ["A", True], [LATER, "B-2"]), [(2, "x_Reference", RowFault.NOT_A_TEXT)],
    ),
    "a number of four hundred digits": (
        b'[{"vic_AgeWhenTrafficked": 1%s}, {"prs_FirstName": "later"}]' % (b"0" * 400),
        [(1, "vic_AgeWhenTrafficked", RowFault.NOT_A_NUMBER)],
    ),
    "a submission's name that is a decimal": (
        b'[{"_uuid": 1.5, "prs_FirstName": "A"}, {"prs_FirstName": "later"}]',
        [(1, "_uuid", RowFault.NOT_A_TEXT)],
    ),
    "a formula whose value is known": (
        rows_xml(
            b'<row r="1"><c r="A1" t="inlineStr"><is><t>prs_FirstName</t></is></c></row>'
            b'<row r="2"><c r="A2" t="str"><f>1+1</f><v>Anna</v></c></row>'
            b'<row r="3"><c r="A3" t="inlineStr"><is><t>later</t></is></c></row>'
        ),
        [(2, "prs_FirstName", RowFault.FORMULA)],
    ),
    "a formula in a CSV": (
        table("prs_FirstName,prs_Title", "=cmd|' /C calc'!A0,B", f"{LATER},"),
        [(2, "prs_FirstName", RowFault.FORMULA)],
    ),
    "an error": (
        book(HEAD, ["A", "#REF!"], [LATER]), [(2, "prs_Title", RowFault.ERROR_CELL)],
    ),
    "a row too short": (
        table("prs_FirstName,prs_Title,hte_City", "A,B", f"{LATER},,"),
        [(2, "", RowFault.UNEVEN_ROW)],
    ),
    "a row too long": (
        table("prs_FirstName,prs_Title", "A,B,C", f"{LATER},"), [(2, "", RowFault.UNEVEN_ROW)],
    ),
    "a control character": (
        table("prs_FirstName,prs_Title", "A,B\x07", f"{LATER},"),
        [(2, "prs_Title", RowFault.CONTROL_CHARACTER)],
    ),
    "a control character that Excel has written down": (
        book(HEAD, ["A", "B_x0007_"], [LATER]), [(2, "prs_Title", RowFault.CONTROL_CHARACTER)],
    ),
    "a text too long": (
        table("prs_FirstName,prs_Title", f"A,{'B' * 32_768}", f"{LATER},"),
        [(2, "prs_Title", RowFault.CELL_TOO_LONG)],
    ),
    "a date of which nobody knows": (
        table("prs_FirstName,prs_Birthdate", "A,3/4/2001", f"{LATER},"),
        [(2, "prs_Birthdate", RowFault.AMBIGUOUS_DATE)],
    ),
    "a day that never was, by Excel's count": (
        rows_xml(
            b'<row r="1"><c r="A1" t="inlineStr"><is><t>prs_FirstName</t></is></c>'
            b'<c r="B1" t="inlineStr"><is><t>prs_Birthdate</t></is></c></row>'
            b'<row r="2"><c r="B2"><v>60</v></c></row>'
            b'<row r="3"><c r="A3" t="inlineStr"><is><t>later</t></is></c></row>'
        ),
        [(2, "prs_Birthdate", RowFault.NOT_A_DATE)],
    ),
    "a list where a text should be": (
        json.dumps([{"prs_FirstName": [1, 2]}, {"prs_FirstName": LATER}]).encode(),
        [(1, "prs_FirstName", RowFault.NOT_A_TEXT)],
    ),
    "several things at once": (
        table("prs_Gender,con_Consent,prs_FirstName", "x,x,A", f",,{LATER}"),
        [(2, "prs_Gender", RowFault.UNKNOWN_CODE), (2, "con_Consent", RowFault.NOT_YES_OR_NO)],
    ),
    "a fault in a row that continues": (
        table("x_Reference,prs_FirstName,hte_Date", "R,A,", "R,,soon", f",{LATER},"),
        [(3, "hte_Date", RowFault.NOT_A_DATE)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
def test_a_row_is_refused_for_what_it_is_and_the_next_is_whole(name: str, lists: Lists) -> None:
    content, faults = FAULTY[name]
    bad, good = reading.opened(io.BytesIO(content), None, lists).entries()

    assert [(each.row, each.column, each.code) for each in bad.faults] == faults
    assert (good.values, good.faults) == ({"prs_FirstName": LATER}, [])


def test_what_was_merged_beside_the_data_does_no_harm(lists: Lists) -> None:
    (entry,) = reading.opened(io.BytesIO(merged("A7:C9")), None, lists).entries()

    assert entry.faults == []


def test_a_refusal_and_a_fault_never_quote_a_value(lists: Lists) -> None:
    content = table("prs_FirstName,prs_Birthdate", "A,Secretova", "B,=Secretova")
    faults = [
        fault for entry in reading.opened(io.BytesIO(content), None, lists).entries()
        for fault in entry.faults
    ]  # fmt: skip

    assert (len(faults), "Secretova" in repr(faults)) == (2, False)


def instead(name: str, broken: bytes) -> bytes:
    return parts(GOOD, {name: broken})


PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/_rels/workbook.xml.rels",
)
TOOLKIT = books.toolkit([{"First Name": "A", "Birthdate": "1/2/2003"}], single=True)
WHOLE: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "workbook": (TOOLKIT, bytes),
    "csv": (table("prs_FirstName;prs_Title", '"A";"B"', "C;D", encoding="utf-16"), bytes),
    "json": (
        json.dumps({"results": [{"prs_FirstName": "A", "g": [{"hte_City": "B"}]}]}).encode(), bytes,
    ),
    # Of an archive the sum of each part tells of a wrong byte: here the parts are made anew.
    **{name: (part(GOOD, name), partial(instead, name)) for name in PARTS},
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_files_with_wrong_bytes_are_read_or_refused_and_never_more(
    name: str, lists: Lists
) -> None:
    whole, made = WHOLE[name]
    dice = random.Random(7731)  # a seed, so that what fails can be looked at again
    outcomes = Counter[str]()
    for _ in range(150):
        broken = bytearray(whole[: dice.choice([len(whole), dice.randrange(len(whole))])])
        for _ in range(dice.randint(0, 6) if broken else 0):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        try:
            sheet = reading.opened(io.BytesIO(made(bytes(broken))), None, lists)
            outcomes["read"] += len(list(sheet.entries())) >= 0
        except Unreadable:
            outcomes["refused"] += 1

    assert (sum(outcomes.values()), outcomes["refused"] > 0) == (150, True)


def test_the_child_can_open_nothing() -> None:
    """Run as the child runs: no socket, no file, no program, not so much memory."""
    tries = """
import os, socket, sys; sys.path.insert(0, ".")
from exchange.sheets.__main__ import confine
confine()

failed = []
for name, act in (
    ("socket", lambda: socket.socket()),
    ("read", lambda: os.open("/etc/hostname", os.O_RDONLY)),
    ("write", lambda: os.open("/tmp/from-the-sheets", os.O_WRONLY | os.O_CREAT)),
    ("pipe", lambda: os.pipe()),
    ("memory", lambda: bytearray(2 * 1024 ** 3)),
):
    try:
        act()
    except (OSError, MemoryError):
        failed.append(name)
print(failed, "django" in sys.modules)
"""
    ended = subprocess.run(
        [sys.executable, "-E", "-s", "-B", "-c", tries],
        capture_output=True, env={}, check=True, text=True,
    )  # fmt: skip

    assert ended.stdout == "['socket', 'read', 'write', 'pipe', 'memory'] False\n"
