"""Append-only files of one JSON object a line, each line on the disk before anybody goes on."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def append(path: Path, entries: Iterable[Entry]) -> None:
    """Add the entries. A line that a killed writer left half is closed first and stays unread."""
    lines = "".join(json.dumps(each, sort_keys=True) + "\n" for each in entries)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        torn = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
        file.write(("\n" * torn + lines).encode())
        os.fsync(file.fileno())


def read(path: Path) -> Iterator[Entry]:
    """Every whole entry, the oldest first; none if there is no file yet."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                # Half a line: its writer was killed, and wrote it again once it was back.
                continue
            if isinstance(entry, dict):
                yield entry
