"""Where checkpoints go out of the service's reach: a file that only grows, and a log host.

An anchor that fails loses nothing: it is given all that it missed, in order, when it is back.
"""

import datetime as dt
import json
import logging
import os
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import ledger
from audit.ledger import SealRow
from audit.models import Anchoring

logger = logging.getLogger(__name__)
Write = Callable[[list[str]], None]
AT_ONCE = 200
# RFC 5424: facility "log audit", severity "notice".
PRIORITY = 13 * 8 + 5
PATIENCE = 3.0
NOT_TLS, SYSLOG_PORT = "tcp", 514


def configured() -> dict[str, Write]:
    """The anchors that the settings name, each with how a few lines are given to it."""
    found: dict[str, Write] = {}
    if settings.AUDIT_ANCHOR_FILE:
        found["file"] = append
    if settings.AUDIT_SYSLOG:
        found["syslog"] = send
    return found


def catch_up(*, at: dt.datetime) -> list[str]:
    """Give each anchor what it has not had yet; the names of those that could not take it."""
    failed = []
    for name, write in configured().items():
        try:
            while _give(name, write, at=at):
                pass
        except OSError as fault:
            logger.error("audit: anchor %s failed: %s", name, type(fault).__name__)  # noqa: TRY400 -- the trace tells nothing more
            failed.append(name)
    return failed


def reached(name: str) -> int:
    """The last seal that this anchor has been given."""
    rows = Anchoring.objects.filter(anchor=name).order_by("-seal")
    return rows.values_list("seal", flat=True).first() or 0


@transaction.atomic
def _give(name: str, write: Write, *, at: dt.datetime) -> bool:
    seals = ledger.seals_after(reached(name), most=AT_ONCE)
    if not seals:
        return False
    write([line_of(seal) for seal in seals])
    Anchoring.objects.create(anchor=name, seal=seals[-1].seq, at=at)
    return len(seals) == AT_ONCE


def line_of(seal: SealRow) -> str:
    """A seal for the outside: numbers and the signed checkpoint, nothing of what happened."""
    told = {"seal": seal.seq, "first": seal.first, "last": seal.last, "note": seal.checkpoint}
    return json.dumps(told, ensure_ascii=False)


def append(lines: list[str]) -> None:
    """To the file, which is never opened in another way, and to its disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    handle = os.open(settings.AUDIT_ANCHOR_FILE, flags, 0o640)
    try:
        # A line may have been torn by a full disk: what follows begins on a line of its own.
        raw = "\n".join(["", *lines, ""]).encode()
        if os.write(handle, raw) != len(raw):
            raise OSError("the anchor's disk is full")
        os.fsync(handle)
    finally:
        os.close(handle)


def send(lines: list[str]) -> None:
    """To a log host by RFC 5424: `unix:/dev/log`, `udp://`, `tcp://` or `tls://host:port`."""
    where = urlsplit(settings.AUDIT_SYSLOG)
    with _connected(where.scheme, where.hostname or "", where.port, where.path) as line_out:
        for line in lines:
            told = _message(line)
            if where.scheme in {"tcp", "tls"}:
                # RFC 6587: the length goes before, so that a line may hold anything.
                told = f"{len(told)} ".encode() + told
            line_out.sendall(told)


def _connected(scheme: str, host: str, port: int | None, path: str) -> socket.socket:
    if scheme in {"tcp", "tls"}:
        plain = socket.create_connection((host, port or SYSLOG_PORT), timeout=PATIENCE)
        if scheme == NOT_TLS:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    unix = scheme == "unix"
    line_out = socket.socket(socket.AF_UNIX if unix else socket.AF_INET, socket.SOCK_DGRAM)
    line_out.settimeout(PATIENCE)
    line_out.connect(path if unix else (host, port or SYSLOG_PORT))
    return line_out


def _message(line: str) -> bytes:
    moment = timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = f"<{PRIORITY}>1 {moment} {socket.gethostname()} safehand {os.getpid()} audit-seal -"
    return f"{head} {line}".encode()
