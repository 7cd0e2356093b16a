"""A file read: what it is, and its entries one after the other."""

from collections.abc import Iterator
from typing import BinaryIO

from exchange.sheets.entry import Entry, FileKind, Head
from exchange.sheets.limits import DEFAULT, Limits
from exchange.sheets.lists import Lists


class Sheet:
    """A file that was looked through once, and can be read as often as is wanted."""

    head: Head

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The entries whose first row comes later than that row; memory does not grow with them."""
        raise NotImplementedError


def opened(
    file: BinaryIO, kind: FileKind | None, lists: Lists, limits: Limits = DEFAULT
) -> Sheet:
    """Look the whole file through. With no kind, it is found out by the content.

    Raises Unreadable; nothing else is ever raised for a file's sake, and nothing is raised later.
    """
    raise NotImplementedError


def entries(
    file: BinaryIO, kind: FileKind | None, lists: Lists, *, limits: Limits = DEFAULT
) -> Iterator[Entry]:
    """The entries of a file. Raises Unreadable before the first of them."""
    yield from opened(file, kind, lists, limits).entries()
