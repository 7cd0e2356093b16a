"""A CSV, whatever its encoding and delimiter, row by row."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from exchange.sheets import cells
from exchange.sheets.cells import Broken, Cell, Cells, Rows
from exchange.sheets.entry import FileFault, RowFault, Unreadable
from exchange.sheets.limits import MB, Limits

PIECE = 64 * 1024
DELIMITERS = ",;\t"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Excel's first line that tells the delimiter.
TOLD = re.compile("sep=(.)\r?\n?", re.IGNORECASE)
# A letter of one script beside one of another inside a word: windows-1252 read as windows-1251.
MIXED = re.compile("[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")


def encoding(file: BinaryIO) -> str:
    """In which encoding the whole file is. Raises Unreadable if in none that is known."""
    file.seek(0)
    head = file.read(4)
    told = next((name for bom, name in BOMS if head.startswith(bom)), None)
    for name in (told,) if told else ("utf-8", "cp1251"):
        if _all_is(file, name):
            return name
    raise Unreadable(FileFault.UNKNOWN_ENCODING)


def _all_is(file: BinaryIO, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    file.seek(0)
    while True:
        piece = file.read(PIECE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            return False
        if "\0" in text:
            raise Unreadable(FileFault.NUL_BYTE)
        if name == "cp1251" and MIXED.search(text):
            return False
        if not piece:
            return True


@dataclass
class Separated:
    """An opened CSV. `delimiters` are those that it may have: the first lines are tried with
    each."""

    file: BinaryIO
    limits: Limits

    def __post_init__(self) -> None:
        self.encoding = encoding(self.file)
        with self._text() as text:
            told = TOLD.fullmatch(text.readline(PIECE))
        self.delimiters: str = told[1] if told else DELIMITERS
        self.first = 2 if told else 1

    def _text(self) -> "_Borrowed":
        return _Borrowed(self.file, self.encoding)

    def by(self, delimiter: str) -> Rows:
        """The rows that it has by that delimiter."""
        return lambda: self._rows(delimiter)

    def _rows(self, delimiter: str) -> Iterator[tuple[int, Cells]]:
        csv.field_size_limit(MB)
        with self._text() as text:
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            number = 0
            while True:
                number += 1
                try:
                    row = next(reader, None)
                except csv.Error as fault:
                    raise Unreadable(_why(fault), number) from fault
                if row is None:
                    return
                if len(row) > self.limits.columns:
                    raise Unreadable(FileFault.TOO_MANY_COLUMNS, number)
                if number >= self.first and any(row):
                    yield number, [self._cell(value) if value else None for value in row]

    def _cell(self, value: str) -> Cell:
        if value.startswith("="):
            return Broken(RowFault.FORMULA)
        return cells.text(cells.unguarded(value), longest=self.limits.characters)


def _why(fault: csv.Error) -> FileFault:
    """A cell without an end is as long as the rest of the file."""
    told = str(fault)
    endless = told.startswith(("unexpected end", "field larger"))
    return FileFault.UNCLOSED_QUOTE if endless else FileFault.BROKEN_QUOTES


class _Borrowed(io.TextIOWrapper):
    """The file as text from its beginning; it is left open at the end."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(0)
        super().__init__(file, encoding=encoding, newline="")

    def __exit__(self, *_: object) -> None:
        self.detach()
