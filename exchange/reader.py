"""The other end of `exchange.sheets`: it is given one file, and whatever happens to the process
that reads it happens to that process alone."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from exchange.sheets import wire
from exchange.sheets.entry import Entry, FileFault, FileKind, Head, Unreadable
from exchange.sheets.limits import MB
from exchange.sheets.lists import Lists

HERE = Path(__file__).resolve().parent.parent
LONGEST_LINE = 16 * MB


@dataclass
class Reader:
    """A file that is being read: what is known of it, and its entries, once, as they are wanted."""

    head: Head
    child: subprocess.Popen[bytes]

    def __iter__(self) -> Iterator[Entry]:
        while (said := _said(self.child)) is not None:
            assert isinstance(said, Entry), "after the head come entries"
            yield said


@contextmanager
def opened(
    chunks: Iterable[bytes], *, kind: FileKind | None, lists: Lists, after: int = 0
) -> Iterator[Reader]:
    """Read the file that these pieces are. Raises Unreadable before the first entry; a child that
    did not live through the file is `FileFault.TOO_HEAVY` or `FileFault.BROKEN`.

        with reader.opened(chunks, kind=None, lists=codes.all_lists()) as sheet:
            sheet.head.entries
            for entry in sheet: ...

    `after` leaves out the entries that begin at or before that row. The child ends with the
    `with`, wherever it is.
    """
    asked = {
        "kind": kind,
        "after": after,
        "codes": {name: dict(codes) for name, codes in lists.codes.items()},
        "standard": {name: dict(codes) for name, codes in lists.standard.items()},
    }
    # -E and -s: nothing of the environment or of the user's own folder is loaded.
    child = subprocess.Popen(
        [sys.executable, "-E", "-s", "-B", "-m", "exchange.sheets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A trace may quote what it stumbled over.
        stderr=subprocess.DEVNULL,
        cwd=HERE,
        env={},
    )
    with child:
        try:
            _hand_over(json.dumps(asked).encode() + b"\n", chunks, child)
            head = _said(child)
            assert isinstance(head, Head), "it begins with the head"
            yield Reader(head, child)
        finally:
            child.kill()


def _hand_over(asked: bytes, chunks: Iterable[bytes], child: subprocess.Popen[bytes]) -> None:
    """It reads all before it writes anything. It may stop listening to a file that is too large."""
    to = _pipe(child.stdin)
    with suppress(BrokenPipeError), to:
        to.write(asked)
        for chunk in chunks:
            to.write(chunk)


def _said(child: subprocess.Popen[bytes]) -> Head | Entry | None:
    """What it says next, None at the end. Raises Unreadable if it refuses the file, or is no more."""
    line = _pipe(child.stdout).readline(LONGEST_LINE)
    if not line:
        fallen = child.wait() < 0
        raise Unreadable(FileFault.TOO_HEAVY if fallen else FileFault.BROKEN)
    if not line.endswith(b"\n"):
        raise Unreadable(FileFault.TOO_HEAVY)
    said = wire.said(line)
    if isinstance(said, Unreadable):
        raise said
    return said


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "it was started with it"
    return pipe
