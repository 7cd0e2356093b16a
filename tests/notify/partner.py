"""A partner's own system: a real server on loopback whose answers a test decides, and that judges what
comes by the convention's own library."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Heard:
    """One call as it came in."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def number(self) -> str:
        return self.headers["webhook-id"]

    def read_by(self, secret: str) -> Any:
        """What it says, if it is signed with this secret. Raises the library's error."""
        return Webhook(secret).verify(self.body, self.headers)


Say = Callable[[BaseHTTPRequestHandler, Heard], None]


def status(code: int, body: bytes = b"", **headers: str) -> Say:
    """Answer each call so."""

    def say(handler: BaseHTTPRequestHandler, _: Heard) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return say


@dataclass
class Partner:
    """What it has heard; `say` may be changed between calls."""

    say: Say = field(default_factory=lambda: status(204))
    heard: list[Heard] = field(default_factory=list)
    # The most calls that were in the air at once.
    most: int = 0
    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/events"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        body = handler.rfile.read(length).decode()
        heard = Heard(handler.path, {k.lower(): v for k, v in handler.headers.items()}, body)
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.heard.append(heard)
        try:
            self.say(handler, heard)
        except OSError:
            # Who called has hung up.
            return
        finally:
            with self._lock:
                self._now -= 1


@contextmanager
def listening(say: Say | None = None, context: Any = None) -> Iterator[Partner]:
    partner = Partner(say or status(204))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            partner.take(self)

        def do_GET(self) -> None:
            partner.take(self)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        partner.scheme = "https"
        server.socket = context.wrap_socket(server.socket, server_side=True)
    partner.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield partner
    finally:
        server.shutdown()
        server.server_close()
