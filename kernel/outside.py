"""The one way in which the service calls another server: to an address it may reach, and no further.

A URL that somebody typed must not make the service talk to its own machines. So a name is resolved
once, each of its addresses is judged, and the connection goes to one of those and is led nowhere else.
"""

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from kernel.addresses import HTTPS, PUBLIC, Reach, is_plain, is_this_machine, may_reach


class NotOutside(Exception):
    """It is not called; the code says why, and holds nothing of the URL."""


class NoAnswer(Exception):
    """It was called, and gave no answer within its time and size."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How long all of it may take, and of that the way there; and how many bytes may come. Of none the
    status alone counts, and what else comes is left where it is."""

    seconds: float = 10
    connect_seconds: float = 10
    bytes: int = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `headers` by names in small letters; of a name that came twice, the first."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that has passed, with the address to which the connection goes."""

    host: str
    port: int
    path: str
    enciphered: bool
    address: str


HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
# 2130706433, 0x7f.1, 127.1, 0177.0.0.1: numbers that some systems read as an address.
NUMBER = re.compile(r"(0[xX][0-9A-Fa-f]*|\d+)")
PRINTED = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,2000}")
HTTP = 80


def judged(url: str, reach: Reach) -> tuple[str, int, str, bool]:
    """Host, port, path and whether it is https, of a URL that could be called. Raises NotOutside."""
    if not PRINTED.fullmatch(url):
        raise NotOutside("not_printed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        raise NotOutside("not_a_url") from fault
    host = parts.hostname or ""
    if "@" in parts.netloc or parts.fragment:
        raise NotOutside("says_too_much")
    _judge_host(host)
    if (is_plain(host) or ":" in host) and not may_reach(host, reach):
        raise NotOutside("address_not_allowed")
    enciphered = parts.scheme == "https"
    if not enciphered and not (
        reach.in_clear and parts.scheme == "http" and is_this_machine(host)
    ):
        raise NotOutside("not_https")
    port = (HTTPS if enciphered else HTTP) if port is None else port
    if reach.ports and port not in reach.ports:
        raise NotOutside("port_not_allowed")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return host, port, path, enciphered


def aimed(url: str, reach: Reach) -> Target:
    """Where a call to this URL goes: its name is resolved once, and every address must do."""
    host, port, path, enciphered = judged(url, reach)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise NotOutside("unknown_host") from fault
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(may_reach(address, reach) for address in addresses):
        raise NotOutside("address_not_allowed")
    return Target(host, port, path, enciphered, addresses[0])


def call(
    method: str,
    url: str,
    *,
    reach: Reach = PUBLIC,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    caps: Caps = Caps(),
    authorities: str = "",
) -> Answer:
    """What the server answers. A redirect is an answer like any other, and followed nowhere. No proxy
    of the environment is asked. `authorities` is a file of those whose certificates are believed
    beside the system's own. Raises NotOutside or NoAnswer."""
    # The name is looked up within the same time.
    ends = time.monotonic() + caps.seconds
    target = aimed(url, reach)
    try:
        with _connected(target, ends, caps.connect_seconds, authorities) as connection:
            connection.request(method, target.path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            text = answer.read(caps.bytes + 1) if caps.bytes else b""
    except (OSError, http.client.HTTPException) as fault:
        raise NoAnswer(type(fault).__name__) from None
    # What was cut looks to the library like an answer that has ended.
    if time.monotonic() >= ends:
        raise NoAnswer("TooSlow")
    if len(text) > caps.bytes:
        raise NoAnswer("TooLarge")
    said = {name.lower(): value for name, value in reversed(answer.getheaders())}
    return Answer(answer.status, said, text)


@contextmanager
def _connected(
    target: Target, ends: float, connect_seconds: float, authorities: str
) -> Iterator[http.client.HTTPConnection]:
    """A connection to the address that was judged, cut when its whole time is over."""
    raw = _connect(target, min(_left(ends), connect_seconds))
    raw.settimeout(_left(ends))
    # A second handle: the first is taken over by TLS. A time limit on each read alone would let a
    # server go on for ever, one byte at a time.
    handle = raw.dup()
    clock = threading.Timer(_left(ends), _cut, [handle])
    clock.daemon = True
    clock.start()
    connection = http.client.HTTPConnection(target.host, target.port)
    # Else it would connect anew by the name.
    connection.auto_open = 0
    try:
        connection.sock = raw
        if target.enciphered:
            context = ssl.create_default_context()
            if authorities:
                context.load_verify_locations(authorities)
            connection.sock = context.wrap_socket(raw, server_hostname=target.host)
        yield connection
    finally:
        clock.cancel()
        connection.close()
        raw.close()
        handle.close()


def _connect(target: Target, seconds: float) -> socket.socket:
    """By hand: `socket.create_connection` would resolve anew whatever it is given."""
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_STREAM)
    try:
        raw.settimeout(seconds)
        raw.connect((target.address, target.port))
    except OSError:
        raw.close()
        raise
    return raw


def _left(ends: float) -> float:
    # Never none: no time at all would mean to a socket not to wait, and below it for ever.
    return max(ends - time.monotonic(), 0.001)


def _cut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _judge_host(host: str) -> None:
    if ":" in host:
        # In brackets, an address of IPv6; which ones do is judged with the address.
        return
    if not HOST.fullmatch(host):
        raise NotOutside("host_not_readable")
    if NUMBER.fullmatch(host.rsplit(".", 1)[-1]) and not is_plain(host):
        raise NotOutside("host_not_readable")
