"""Whether a password is in a list of breached ones: a sorted file of `SHA1:COUNT` lines.

That is how Have I Been Pwned publishes its list (40 GB, 900 million lines); some thirty reads find a
line, and nothing of the file is kept in memory. SHA-1 is the list's choice, and protects nothing here.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import IO

LINE = re.compile(rb"([0-9A-Fa-f]{40}):\d+\r?\n?")
# Of a whole line: 40 digits, a colon, a count and the end.
LONGEST = 80
PROBES = 64


class NotAList(Exception):
    """The file is not of this form, or not sorted; the message says what and about where."""


def holds(path: Path, password: str) -> bool:
    """Whether the password is in the list. Raises OSError, or NotAList where the search meets what
    cannot stand in such a file."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, os.fstat(file.fileno()).st_size
        least, most = b"", b"~"
        while low < high:
            middle = (low + high) // 2
            begin, line = _line_at(file, middle)
            if begin >= high:
                # The line that begins behind the middle is past the end: what is left is before it.
                high = middle
                continue
            found = _hash(line, begin)
            if not least < found < most:
                raise NotAList(f"not sorted at byte {begin}")
            if found == wanted:
                return True
            if found < wanted:
                low, least = begin + len(line), found
            else:
                high, most = middle, found
        return False


def require_list(path: Path) -> None:
    """Raise OSError or NotAList unless the file looks like such a list wherever it is opened."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            raise NotAList("empty")
        last = b""
        for probe in range(PROBES):
            begin, line = _line_at(file, probe * size // PROBES)
            if not line:
                continue
            found = _hash(line, begin)
            if found < last:
                raise NotAList(f"not sorted at byte {begin}")
            last = found


def said_of(fault: OSError | NotAList) -> str:
    """What is wrong with the list, in a few words for whoever runs the service."""
    return fault.strerror or type(fault).__name__ if isinstance(fault, OSError) else str(fault)


def _line_at(file: IO[bytes], offset: int) -> tuple[int, bytes]:
    """The first line that begins at the offset or behind it, and where it begins."""
    file.seek(max(offset - 1, 0))
    if offset:
        # The rest of the line before; only its end where a line begins just here.
        file.readline(LONGEST)
    begin = file.tell()
    return begin, file.readline(LONGEST)


def _hash(line: bytes, begin: int) -> bytes:
    shape = LINE.fullmatch(line)
    if shape is None:
        raise NotAList(f"no line of SHA1:COUNT at byte {begin}")
    return shape[1].upper()
