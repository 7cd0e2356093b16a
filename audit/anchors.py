"""Where the log goes out of the service's reach: checkpoints to a file that only grows and to a log
host, and, if wished, who did what kind of thing to the log host as well.

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
Give = Callable[[list[SealRow]], None]
AT_ONCE = 200
# RFC 5424: facility "log audit", severity "notice".
PRIORITY = 13 * 8 + 5
PATIENCE = 3.0
NOT_TLS, SYSLOG_PORT = "tcp", 514


def configured() -> dict[str, Give]:
    """The anchors that the settings name, each with how a few seals are given to it."""
    found: dict[str, Give] = {}
    if settings.AUDIT_ANCHOR_FILE:
        found["file"] = lambda seals: append([line_of(seal) for seal in seals])
    if settings.AUDIT_SYSLOG:
        found["syslog"] = lambda seals: send("audit-seal", [line_of(seal) for seal in seals])
    if settings.AUDIT_SYSLOG and settings.AUDIT_SYSLOG_EVENTS:
        found["events"] = lambda seals: send("audit-event", lines_of_events(seals))
    return found


def catch_up(*, at: dt.datetime) -> list[str]:
    """Give each anchor what it has not had yet; the names of those that could not take it."""
    failed = []
    for name, give in configured().items():
        try:
            while _give(name, give, at=at):
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
def _give(name: str, give: Give, *, at: dt.datetime) -> bool:
    seals = ledger.seals_after(reached(name), most=AT_ONCE)
    if not seals:
        return False
    give(seals)
    Anchoring.objects.create(anchor=name, seal=seals[-1].seq, at=at)
    return len(seals) == AT_ONCE


def line_of(seal: SealRow) -> str:
    """A seal for the outside: numbers and the signed checkpoint, nothing of what happened."""
    told = {"seal": seal.seq, "first": seal.first, "last": seal.last, "note": seal.checkpoint}
    return json.dumps(told, ensure_ascii=False)


def lines_of_events(seals: list[SealRow]) -> list[str]:
    """The events of these seals for a host that looks out for what is unusual: who, of which agency,
    did or was refused which kind of thing, and when. Never about whom: no case, no person, no facts."""
    placed = ledger.placed_in(seals[0].seq, seals[-1].seq)
    return [
        json.dumps(
            {
                "number": each.number,
                "at": each.row.said.happened_at.isoformat(),
                "event": each.row.said.event,
                "actor": each.row.said.actor,
                "agency": each.row.said.agency,
                "role": each.row.said.role,
                "request": each.row.said.request_id,
            }
        )
        for each in placed
        if each.row is not None
    ]


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


def send(kind: str, lines: list[str]) -> None:
    """Lines of this kind (a MSGID) to a log host by RFC 5424: `unix:/dev/log`, `udp://`, `tcp://` or `tls://host:port`."""
    where = urlsplit(settings.AUDIT_SYSLOG)
    with _connected(where.scheme, where.hostname or "", where.port, where.path) as line_out:
        for line in lines:
            told = _message(kind, line)
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


def _message(kind: str, line: str) -> bytes:
    moment = timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = f"<{PRIORITY}>1 {moment} {socket.gethostname()} safehand {os.getpid()} {kind} -"
    return f"{head} {line}".encode()
