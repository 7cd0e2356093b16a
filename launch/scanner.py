"""A stand-in for clamd, for trying out and for tests: it speaks INSTREAM and knows one made-up sign.

It protects nobody. Where it runs, the pages say so.
"""

import argparse
import signal
import socketserver
import struct
import sys
from typing import Any

# Found anywhere in a content, it makes the content "infected". It is ours and harms nothing.
SIGN = b"SAFEHAND-STAND-IN-SIGN-OF-MALICE"
ASKED = b"zINSTREAM\0"
LARGEST = 64 * 1024 * 1024


class Asked(socketserver.StreamRequestHandler):
    """One content after `zINSTREAM`, in parts with their lengths before them, ended by none."""

    def handle(self) -> None:
        if self.rfile.read(len(ASKED)) == ASKED:
            self.wfile.write(self.verdict(self.content()))

    def content(self) -> bytes:
        parts, size = [], 0
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            size += length
            if size > LARGEST:
                return b""
            parts.append(self.rfile.read(length))
        return b"".join(parts)

    def verdict(self, content: bytes) -> bytes:
        return b"stream: Stand-in.Sign FOUND\0" if SIGN in content else b"stream: OK\0"


class StandIn(socketserver.ThreadingTCPServer):
    """Listens on loopback alone."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0, handler: Any = Asked) -> None:
        super().__init__(("127.0.0.1", port), handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is none of our business, and no trace shows what it sent."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="launch.scanner")
    parser.add_argument("--port", type=int, required=True)
    with StandIn(parser.parse_args().port) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
