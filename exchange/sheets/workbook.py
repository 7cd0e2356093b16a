"""A workbook (.xlsx) taken apart without trust: its sheets, row by row.

Nothing is computed and nothing is followed. The XML is read by the parser itself, piece by piece,
and a document type, with which every entity begins, ends the reading.
"""

import datetime as dt
import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import IO, BinaryIO, NoReturn
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from exchange.sheets import cells
from exchange.sheets.cells import Broken, Cell, Cells
from exchange.sheets.entry import FileFault, RowFault, Unreadable
from exchange.sheets.limits import MB, Limits

PIECE = 64 * 1024
SMALL_PART = 8 * MB  # of those parts that are held in whole
RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
# An old workbook, and a locked one: its name inside is written in UTF-16.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = "EncryptedPackage".encode("utf-16-le")
# Parts that reach out of the workbook.
OUTWARD = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
DATE_FORMATS = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58})
# Of a number format, what is no sign for a part of a date.
UNSAID = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
PLACE = re.compile(r"([A-Z]{1,3})\d{1,7}")
SAYS_YES = ("1", "true")
LONGEST_NUMBER = 40
LAST_ROW = 1_048_576  # of a sheet of Excel
# Excel counts the days from here, and takes 1900 for a leap year.
EPOCH, EPOCH_1904 = dt.date(1899, 12, 31), dt.date(1904, 1, 1)
NO_SUCH_DAY = 60


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet of the workbook and the part that holds it."""

    name: str
    hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that were merged into one: columns and rows, from 0 and from 1, both ends included."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass
class Workbook:
    """An opened workbook. Raises Unreadable where it is not what it should be."""

    file: BinaryIO
    limits: Limits
    # Of the sheet that was read last; a sheet says it at its end.
    merged: list[Merge] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self.zip = zipfile.ZipFile(self.file)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
            raise Unreadable(FileFault.BROKEN) from fault
        self._look_at_parts()

    def _look_at_parts(self) -> None:
        parts = self.zip.infolist()
        names = {part.filename.casefold() for part in parts}
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise Unreadable(FileFault.ENCRYPTED)
        if len(parts) > self.limits.members or self._unfolds_too_far(parts):
            raise Unreadable(FileFault.ZIP_BOMB)
        if "[content_types].xml" not in names or any(
            part.compress_type not in COMPRESSIONS for part in parts
        ):
            raise Unreadable(FileFault.UNKNOWN_KIND)
        if len(names) < len(parts):
            raise Unreadable(FileFault.BROKEN)
        if any(name.endswith("vbaproject.bin") for name in names) or (
            b"macroenabled" in self._small("[Content_Types].xml").lower()
        ):
            raise Unreadable(FileFault.MACROS)
        if any(name.startswith(OUTWARD) for name in names):
            raise Unreadable(FileFault.EXTERNAL_LINKS)

    def _unfolds_too_far(self, parts: list[zipfile.ZipInfo]) -> bool:
        """By the sizes that it declares: of a part that holds more, zipfile reads no more."""
        limits = self.limits
        return sum(part.file_size for part in parts) > limits.inflated or any(
            part.file_size > limits.small
            and part.file_size > limits.ratio * max(part.compress_size, 1)
            for part in parts
        )

    @cached_property
    def _book(self) -> str:
        """The part that lists the sheets."""
        targets = self._targets("")
        book = next((to for kind, to in targets.values() if kind == "officeDocument"), "")
        if not book.startswith("xl/") or not book.endswith(".xml"):
            raise Unreadable(FileFault.UNKNOWN_KIND)
        return book

    @cached_property
    def sheets(self) -> list[SheetName]:
        """The sheets with cells, in the workbook's order."""
        targets = self._targets(self._book)
        sheets = []
        for each in self._tree(self._book).iterfind("{*}sheets/{*}sheet"):
            kind, part = targets.get(each.get(RELATIONSHIP, ""), ("", ""))
            if kind == "worksheet":
                hidden = each.get("state", "visible") != "visible"
                sheets.append(SheetName(each.get("name", ""), hidden, part))
        if not sheets:
            raise Unreadable(FileFault.NO_SHEET)
        return sheets

    @cached_property
    def since_1904(self) -> bool:
        settings = self._tree(self._book).find("{*}workbookPr")
        return settings is not None and settings.get("date1904") in SAYS_YES

    @cached_property
    def dates(self) -> list[bool]:
        """For each style of a cell whether it shows a date."""
        part = self._related("styles")
        if not part:
            return []
        styles = self._tree(part)
        own = {
            each.get("numFmtId"): _shows_a_date(each.get("formatCode", ""))
            for each in styles.iterfind("{*}numFmts/{*}numFmt")
        }
        return [
            own.get(of, of.isdigit() and int(of) in DATE_FORMATS)
            for of in (
                each.get("numFmtId", "0") for each in styles.iterfind("{*}cellXfs/{*}xf")
            )
        ]

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells point to by their number."""
        part = self._related("sharedStrings")
        return _Strings(self.limits.strings).read(self.part(part)) if part else []

    def _related(self, kind: str) -> str:
        return next((to for of, to in self._targets(self._book).values() if of == kind), "")

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to inside the workbook: by its id the kind and the other part."""
        folder, name = posixpath.split(part)
        return {
            each.get("Id", ""): (
                each.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))[1:],
            )
            for each in self._tree(posixpath.join(folder, "_rels", f"{name}.rels"))
            if each.get("TargetMode") != "External"
        }

    def _tree(self, part: str) -> Element:
        try:
            tree: Element = fromstring(self._small(part), forbid_dtd=True)
        except DefusedXmlException as fault:
            raise Unreadable(FileFault.XML_ENTITIES) from fault
        except (ParseError, LookupError, ValueError) as fault:
            raise Unreadable(FileFault.BROKEN) from fault
        return tree

    def _small(self, part: str) -> bytes:
        with self.part(part) as stream:
            content = b"".join(_pieces(stream, most=SMALL_PART))
        if len(content) > SMALL_PART:
            raise Unreadable(FileFault.ZIP_BOMB)
        return content

    def part(self, name: str) -> IO[bytes]:
        try:
            return self.zip.open(name)
        except KeyError as fault:
            missing = FileFault.NO_SHEET if "worksheets/" in name else FileFault.BROKEN
            raise Unreadable(missing) from fault
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as fault:
            raise Unreadable(FileFault.BROKEN) from fault

    def rows(self, sheet: SheetName) -> Iterator[tuple[int, Cells]]:
        """The rows that hold anything, by their number."""
        self.merged.clear()
        return _Rows(self).read(self.part(sheet.part))


def refuse_old(head: bytes, content: BinaryIO) -> None:
    """Raise Unreadable for what looks like a workbook and is not one that can be read."""
    if head.startswith(COMPOUND):
        content.seek(0)
        locked = LOCKED in content.read()
        raise Unreadable(FileFault.ENCRYPTED if locked else FileFault.OLD_WORKBOOK)


def letters(column: int) -> str:
    """A column, from 0, as a sheet names it."""
    name, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def _pieces(stream: IO[bytes], most: int | None = None) -> Iterator[bytes]:
    """The unfolded part in pieces; of a part that must be small, a little above `most` at most."""
    read = 0
    while True:
        try:
            piece = stream.read(PIECE)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as fault:
            raise Unreadable(FileFault.BROKEN) from fault
        if not piece:
            return
        yield piece
        read += len(piece)
        if most is not None and read > most:
            return


def _refuse_doctype(*_: object) -> NoReturn:
    raise Unreadable(FileFault.XML_ENTITIES)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _fed(parser: expat.XMLParserType, stream: IO[bytes]) -> Iterator[None]:
    """Feed the parser; it is this caller's turn after each piece."""
    with stream:
        try:
            for piece in _pieces(stream):
                parser.Parse(piece, False)  # noqa: FBT003 -- expat's own signature
                yield
            parser.Parse(b"", True)  # noqa: FBT003 -- expat's own signature
        except (expat.ExpatError, LookupError) as fault:
            raise Unreadable(FileFault.BROKEN) from fault
    yield


@dataclass
class _Texts:
    """Puts together a text of its runs, without what is only there to be read aloud."""

    runs: list[str] = field(default_factory=list)
    listening: bool = False
    aloud: int = 0

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self.aloud += 1
        self.listening = tag == "t" and not self.aloud

    def heard(self, data: str) -> None:
        if self.listening:
            self.runs.append(data)

    def end(self, tag: str) -> None:
        self.listening = False
        if tag == "rPh":
            self.aloud -= 1

    def taken(self) -> str:
        told = ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(self.runs))
        self.runs.clear()
        return told


class _Strings:
    """Reads the shared texts."""

    def __init__(self, most: int) -> None:
        self.texts, self.most = _Texts(), most
        self.found: list[str] = []

    def read(self, stream: IO[bytes]) -> list[str]:
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.texts.heard
        for _ in _fed(parser, stream):
            pass
        return self.found

    def _start(self, tag: str, _: dict[str, str]) -> None:
        self.texts.start(tag.rpartition(" ")[2])

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        self.texts.end(name)
        if name == "si":
            self.found.append(self.texts.taken())
            if len(self.found) > self.most:
                raise Unreadable(FileFault.TOO_HEAVY)


class _Rows:
    """Reads the rows of one sheet."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.strings, self.dates = book.strings, book.dates
        self.ready: list[tuple[int, Cells]] = []
        self.number, self.row, self.column = 0, Cells(), -1
        self.attributes: dict[str, str] = {}
        self.value: list[str] = []
        self.text, self.in_value, self.formula = _Texts(), False, False
        self.kinds: dict[str, Callable[[str], Cell]] = {
            "s": self._shared,
            "str": self._text,
            "n": self._number,
            "b": self._flag,
            "e": self._error,
            "d": self._text,  # a date as ISO 8601 writes it
        }

    def read(self, stream: IO[bytes]) -> Iterator[tuple[int, Cells]]:
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._heard
        for _ in _fed(parser, stream):
            yield from self.ready
            self.ready.clear()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self.in_value = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._start_row(attributes)
        elif name == "mergeCell":
            self.book.merged.append(_merge(attributes.get("ref", "")))
        else:
            self.text.start(name)

    def _heard(self, data: str) -> None:
        if self.in_value:
            self.value.append(data)
        else:
            self.text.heard(data)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "v":
            self.in_value = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if any(each is not None for each in self.row):
                self.ready.append((self.number, self.row))
        else:
            self.text.end(name)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", str(self.number + 1))
        if not number.isdecimal() or not self.number < int(number[:8]) <= LAST_ROW:
            raise Unreadable(FileFault.BROKEN, self.number)
        self.number, self.row, self.column = int(number[:8]), [], -1

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        column = self.column + 1 if place is None else self._at(place)
        if column <= self.column:
            raise Unreadable(FileFault.BROKEN, self.number)
        self.attributes, self.column, self.formula = attributes, column, False
        self.value.clear()

    def _at(self, place: str) -> int:
        found = PLACE.fullmatch(place)
        if found is None:
            raise Unreadable(FileFault.BROKEN, self.number)
        return _column(found[1])

    def _end_cell(self) -> None:
        found = self._cell("".join(self.value), self.text.taken())
        if found is None:
            return
        if self.column >= self.book.limits.columns:
            raise Unreadable(FileFault.TOO_MANY_COLUMNS, self.number)
        self.row.extend([None] * (self.column - len(self.row)))
        self.row.append(found)

    def _cell(self, value: str, inline: str) -> Cell:
        kind = self.attributes.get("t", "n")
        if self.formula:
            return Broken(RowFault.FORMULA)
        if kind == "inlineStr":
            return self._text(inline)
        if not value:
            return None
        if kind in self.kinds:
            return self.kinds[kind](value)
        raise Unreadable(FileFault.BROKEN, self.number)

    def _text(self, value: str) -> Cell:
        return cells.text(value, longest=self.book.limits.characters)

    def _shared(self, value: str) -> Cell:
        if not value.isdecimal() or int(value[:9]) >= len(self.strings):
            raise Unreadable(FileFault.BROKEN, self.number)
        return self._text(self.strings[int(value[:9])])

    def _number(self, value: str) -> Cell:
        number = _number(value)
        style = self.attributes.get("s", "0")
        known = style.isdecimal() and int(style[:9]) < len(self.dates)
        if known and self.dates[int(style)] and not isinstance(number, Broken):
            return _day(number, self.book.since_1904)
        return number

    def _flag(self, value: str) -> Cell:
        return value in SAYS_YES

    def _error(self, value: str) -> Cell:
        return Broken(RowFault.ERROR_CELL)


def _merge(ref: str) -> Merge:
    found = RANGE.fullmatch(ref)
    if found is None:
        raise Unreadable(FileFault.BROKEN)
    left, top, right, bottom = found.groups()
    return Merge(_column(left), int(top), _column(right or left), int(bottom or top))


@cache
def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _number(value: str) -> int | float | Broken:
    try:
        number = float(value[:LONGEST_NUMBER])
    except ValueError:
        return Broken(RowFault.NOT_A_NUMBER)
    if not math.isfinite(number) or len(value) > LONGEST_NUMBER:
        return Broken(RowFault.NOT_A_NUMBER)
    return int(value) if value.lstrip("-").isdecimal() else number


def _day(serial: float, since_1904: bool) -> Cell:  # noqa: FBT001 -- a setting of the workbook
    """The day that Excel means; the time of day is left out."""
    days = math.floor(serial)
    try:
        if since_1904:
            return EPOCH_1904 + dt.timedelta(days)
        if days < 1 or days == NO_SUCH_DAY:
            return Broken(RowFault.NOT_A_DATE)
        return EPOCH + dt.timedelta(days - (days > NO_SUCH_DAY))
    except OverflowError:
        return Broken(RowFault.NOT_A_DATE)


def _shows_a_date(number_format: str) -> bool:
    signs = UNSAID.sub("", number_format).casefold()
    return "y" in signs or "d" in signs
