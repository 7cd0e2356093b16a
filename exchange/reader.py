"""The other end of `exchange.sheets`: it is given one file, and reads it in a process of its own."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from exchange.sheets.entry import Entry, FileKind, Head
from exchange.sheets.lists import Lists


class Reader:
    """A file that is being read. The child ends with the `with` it was made for."""

    head: Head

    def __iter__(self) -> Iterator[Entry]:
        raise NotImplementedError


def opened(
    chunks: Iterable[bytes], *, kind: FileKind | None, lists: Lists, after: int = 0
) -> AbstractContextManager[Reader]:
    """Read the file that these pieces are. Raises Unreadable before the first entry; a child that
    did not live through the file is `FileFault.TOO_HEAVY` or `FileFault.BROKEN`.

        with reader.opened(chunks, kind=None, lists=codes.lists()) as sheet:
            sheet.head.rows
            for entry in sheet: ...

    `after` leaves out the entries that begin at or before that row.
    """
    raise NotImplementedError
