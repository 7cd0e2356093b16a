"""A small client of clamd: a content goes over its socket (INSTREAM), a verdict comes back."""

import socket
import struct
from enum import StrEnum

from django.conf import settings

# clamd answers within seconds; what takes longer is asked again later.
SECONDS = 30
PART = 64 * 1024
LONGEST_ANSWER = 4096


class Verdict(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    # No scanner is named, it does not answer, or it answers something else.
    UNKNOWN = "unknown"


def scan(content: bytes) -> Verdict:
    """What the scanner says. Whatever goes wrong is no verdict, and never a good one."""
    if not settings.CLAMD_ADDRESS:
        return Verdict.UNKNOWN
    try:
        answer = _asked(content)
    except OSError:
        return Verdict.UNKNOWN
    if answer == b"stream: OK":
        return Verdict.CLEAN
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return Verdict.INFECTED
    return Verdict.UNKNOWN


def _asked(content: bytes) -> bytes:
    with _connected() as wire:
        wire.sendall(b"zINSTREAM\0")
        for begin in range(0, len(content), PART):
            part = content[begin : begin + PART]
            wire.sendall(struct.pack(">I", len(part)) + part)
        wire.sendall(struct.pack(">I", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
            if not (more := wire.recv(LONGEST_ANSWER)):
                break
            answer += more
    return answer.partition(b"\0")[0].strip()


def _connected() -> socket.socket:
    """A connection to `/path/of/a/socket` or `host:port`. Raises OSError."""
    address = settings.CLAMD_ADDRESS
    if address.startswith("/"):
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(SECONDS)
        try:
            wire.connect(address)
        except OSError:
            wire.close()
            raise
        return wire
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)
