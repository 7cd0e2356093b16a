"""The cleaner, a program of its own: one file in, one out, with nothing else within its reach.

It is started for each file with an empty environment. Before it looks at the first byte it gives
up all that it could do besides: it may use so much memory and time, write no file, start nothing
and open nothing, neither a file nor a connection. See docs/security/documents.md.
"""

import json
import resource
import sys
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageFont

from documents.cleaner import papers, pictures
from documents.cleaner.refusal import Unfit

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 60
LARGEST_OUT = 50 * 1024 * 1024
REFUSED = 3
Asked = dict[str, Any]
# What is limited, and to what. With no number left for a descriptor there is no socket either.
LIMITS = (
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_CPU, CPU_SECONDS),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_NPROC, 0),
    (resource.RLIMIT_NOFILE, 3),
)


def confine() -> None:
    """Give up what is not needed. What is loaded late is loaded now."""
    Image.init()
    ImageFont.load_default(12)
    for what, most in LIMITS:
        resource.setrlimit(what, (most, most))


def clean(content: bytes, asked: Asked) -> tuple[bytes, int]:
    if asked["kind"] == "pdf":
        return papers.clean(content)
    return pictures.clean(content, asked["kind"])


def stamp(content: bytes, asked: Asked) -> tuple[bytes, int]:
    if asked["kind"] == "pdf":
        return papers.stamped(content, asked["words"]), 0
    return pictures.stamped(content, asked["kind"], asked["words"]), 0


DEEDS: dict[str, Callable[[bytes, Asked], tuple[bytes, int]]] = {"clean": clean, "stamp": stamp}


def refuse(why: str) -> int:
    sys.stdout.write(json.dumps({"why": why}))
    return REFUSED


def main() -> int:
    confine()
    asked: Asked = json.loads(sys.stdin.buffer.readline())
    try:
        out, pages = DEEDS[asked["deed"]](sys.stdin.buffer.read(), asked)
    except Unfit as unfit:
        return refuse(unfit.why)
    except MemoryError:
        return refuse("too_heavy")
    if len(out) > LARGEST_OUT:
        return refuse("too_heavy")
    sys.stdout.buffer.write(json.dumps({"pages": pages}).encode() + b"\n" + out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
