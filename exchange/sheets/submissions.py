"""The submissions of KoBoToolbox and ODK as JSON, one after the other: the file is not held."""

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from exchange.sheets.entry import FileFault, Unreadable
from exchange.sheets.limits import Limits
from exchange.sheets.separated import encoding

PIECE = 64 * 1024
BLANKS = " \t\r\n"
# Where KoBoToolbox and ODK Central put the array, if it does not stand alone.
ENVELOPES = ("results", "value")
# So near to the end of what was read, a fault may only mean that the rest was not read yet.
TAIL = 12


def submissions(file: BinaryIO, limits: Limits) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each submission by its number, from 1. Raises Unreadable."""
    text = io.TextIOWrapper(_start(file), encoding=encoding(file), newline="")
    try:
        file.seek(0)
        for number, each in enumerate(_Pieces(text, limits).elements(), start=1):
            if not isinstance(each, dict):
                raise Unreadable(FileFault.UNKNOWN_KIND, number)
            yield number, each
    finally:
        text.detach()


def _start(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


class _Pieces:
    """A text that is read on as far as the next value needs."""

    def __init__(self, source: io.TextIOWrapper, limits: Limits) -> None:
        self.source, self.limits = source, limits
        self.text, self.at, self.over, self.number = "", 0, False, 0
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._refuse
        )

    def elements(self) -> Iterator[Any]:
        if self._next() == "[":
            yield from self._array()
        else:
            yield from self._enveloped()
        if self._next():
            raise Unreadable(FileFault.BROKEN)

    def _enveloped(self) -> Iterator[Any]:
        self._take("{")
        found = False
        while self._next() != "}":
            key = self._value()
            self._take(":")
            if key in ENVELOPES and self._next() == "[":
                found = True
                yield from self._array()
            else:
                self._value()
            self._comma("}")
        self._take("}")
        if not found:
            raise Unreadable(FileFault.UNKNOWN_KIND)

    def _array(self) -> Iterator[Any]:
        self._take("[")
        while self._next() != "]":
            self.number += 1
            yield self._value()
            self._comma("]")
        self._take("]")

    def _comma(self, end: str) -> None:
        """After an element a comma stands, and another element, or the end."""
        if self._next() != end:
            self._take(",")
            if self._next() == end:
                raise Unreadable(FileFault.BROKEN, self.number)

    def _next(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in BLANKS:
                    return self.text[self.at]
                self.at += 1
            if not self._more():
                return ""

    def _take(self, character: str) -> None:
        if self._next() != character:
            raise Unreadable(FileFault.BROKEN, self.number)
        self.at += 1

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.at)
            except RecursionError as fault:
                raise Unreadable(FileFault.TOO_DEEP, self.number) from fault
            except json.JSONDecodeError as fault:
                if not (self._unfinished(fault) and self._more()):
                    raise Unreadable(FileFault.BROKEN, self.number) from fault
            except ValueError as fault:  # a number of thousands of digits
                raise Unreadable(FileFault.BROKEN, self.number) from fault
            else:
                # A number may go on where the piece ends.
                if end < len(self.text) or not self._more():
                    self.at = end
                    return value

    def _unfinished(self, fault: json.JSONDecodeError) -> bool:
        return fault.msg.startswith("Unterminated") or fault.pos > len(self.text) - TAIL

    def _more(self) -> bool:
        """Read on; as much again as is waiting, so that a long value is not read too often."""
        waiting = len(self.text) - self.at
        if waiting > self.limits.submission:
            raise Unreadable(FileFault.TOO_HEAVY, self.number)
        piece = self.source.read(max(PIECE, waiting))
        self.text, self.at = self.text[self.at :] + piece, 0
        return bool(piece)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Unreadable(FileFault.DUPLICATE_HEADER, self.number)
        return found

    def _refuse(self, _: str) -> NoReturn:
        """NaN and the like are no JSON."""
        raise Unreadable(FileFault.BROKEN, self.number)
