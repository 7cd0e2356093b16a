"""Reading, a program of its own: one file in, its entries out, with nothing else within its reach.

It is started for each file with an empty environment. Before it looks at the first byte it gives
up all that it could do besides: it may use so much memory and time, write no file, start nothing
and open nothing, neither a file nor a connection. See `documents/cleaner`, which does the same.
"""

import codecs
import json
import resource
import sys
from io import BytesIO
from typing import Any

from exchange.sheets import reading, wire
from exchange.sheets.entry import FileFault, FileKind, Unreadable
from exchange.sheets.limits import DEFAULT, MB
from exchange.sheets.lists import Lists

# What is limited, and to what. With no number left for a descriptor there is no socket either.
LIMITS = (
    (resource.RLIMIT_AS, 1024 * MB),
    (resource.RLIMIT_CPU, 300),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_NPROC, 0),
    (resource.RLIMIT_NOFILE, 3),
)
# Python loads an encoding from a file when it is first asked for; the last is that of a zip's names.
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1251", "cp437")


def confine() -> None:
    """Give up what is not needed. What is loaded late is loaded now."""
    for name in ENCODINGS:
        codecs.lookup(name)
    for what, most in LIMITS:
        resource.setrlimit(what, (most, most))


def read(asked: dict[str, Any], content: bytes) -> None:
    """Say what the file is, then its entries, one a line."""
    kind = FileKind(asked["kind"]) if asked["kind"] else None
    lists = Lists(asked["codes"], asked["standard"])
    sheet = reading.opened(BytesIO(content), kind, lists)
    say(sheet.head)
    for entry in sheet.entries(asked["after"]):
        say(entry)
    say(None)


def say(what: wire.Said) -> None:
    sys.stdout.buffer.write(wire.line(what))


def main() -> None:
    confine()
    asked = json.loads(sys.stdin.buffer.readline())
    try:
        read(asked, sys.stdin.buffer.read(DEFAULT.bytes + 1))
    except Unreadable as refused:
        say(refused)
    except MemoryError:
        say(Unreadable(FileFault.TOO_HEAVY))


if __name__ == "__main__":
    main()
