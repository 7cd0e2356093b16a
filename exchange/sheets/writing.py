"""Entries written as a file that `reading` reads back without loss."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from exchange.sheets.entry import Entry, FileKind
from exchange.sheets.lists import Lists


def write(
    kind: FileKind,
    entries: Iterable[Entry],
    to: BinaryIO,
    *,
    watermark: str,
    extensions: Sequence[str] = (),
    strict: Lists | None = None,
) -> int:
    """Write the entries one after the other, and say how many they were.

    `extensions` names every column `x_...` that an entry may have, in their order: they stand in
    the first row, which is written before the first entry is known. With `strict`, only the
    standard's own codes are written. Raises ValueError for an extension that was not named, and
    for an entry with several records of a kind that has no reference.
    """
    raise NotImplementedError
