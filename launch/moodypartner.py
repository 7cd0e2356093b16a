"""A partner's own system with moods, for `./safehand chaos`: its mood is what a file says at each moment.

It listens at an address for each of its endpoints, proves that it holds their secrets, and judges each
call by the convention's own library. Whatever it takes stands in its journal, on disk, before it says so.
"""

import argparse
import base64
import hmac
import json
import os
import signal
import sys
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

WELL, SLOW, FAILS, LATER, HANGS, CUTS, GONE = (
    "well", "slow", "fails", "later", "hangs", "cuts", "gone",
)  # fmt: skip
MOODS = (WELL, SLOW, FAILS, LATER, HANGS, CUTS, GONE)
# What each mood answers; who is cut off or left hanging gets no number at all.
ANSWERS = {WELL: 204, SLOW: 204, FAILS: 500, LATER: 503, GONE: 500}
# The one address that is gone for good when the mood is GONE; the others only fail then.
THE_GONE = "/gone"
SLOWLY, AFTER = 4.0, "3"
# Longer than any caller waits for us.
FOR_EVER = 60.0


class Journal:
    """What was taken, a line each."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lock = threading.Lock()

    def write(self, **facts: object) -> None:
        with self.lock:
            os.write(self.file, (json.dumps(facts | {"t": time.time()}) + "\n").encode())
            os.fsync(self.file)


class Partner:
    """Answers each call as its mood is."""

    def __init__(self, secrets: dict[str, str], journal: Journal, mood: Path) -> None:
        self.secrets, self.journal, self.mood = secrets, journal, mood

    def now(self) -> str:
        return self.mood.read_text(encoding="ascii").strip() if self.mood.exists() else WELL

    def answer(self, path: str, headers: dict[str, str], body: str) -> tuple[int, bytes]:
        """HTTP's number and a body; no number where it hangs up."""
        mood = self.now()
        if mood == GONE and path == THE_GONE:
            return 410, b""
        if mood == HANGS:
            time.sleep(FOR_EVER)
            return 0, b""
        if mood in {FAILS, LATER, GONE}:
            return ANSWERS[mood], b""
        said = self.taken(path, headers, body)
        if mood == CUTS:
            # Taken, and nobody will ever hear of it.
            return 0, b""
        if mood == SLOW:
            time.sleep(SLOWLY)
        return (200, said) if said else (ANSWERS[mood], b"")

    def taken(self, path: str, headers: dict[str, str], body: str) -> bytes:
        """Write it down; for a challenge, what proves that the secret is here."""
        secret = self.secrets.get(path, "")
        try:
            said = Webhook(secret).verify(body, headers)
        except (WebhookVerificationError, RuntimeError):
            self.journal.write(path=path, id=headers.get("webhook-id", ""), type="not signed")
            return b""
        self.journal.write(path=path, id=headers["webhook-id"], type=said["type"])
        if said["type"] != "endpoint.verify":
            return b""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        return base64.b64encode(hmac.new(key, said["data"]["word"].encode(), sha256).digest())


def server(port: int, partner: Partner) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = partner.answer(
                self.path, headers, self.rfile.read(length).decode("utf-8", "replace")
            )
            if not status:
                return
            self.send_response(status)
            if status == ANSWERS[LATER]:
                self.send_header("Retry-After", AFTER)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    listening.daemon_threads = True
    return listening


def main() -> int:
    parser = argparse.ArgumentParser(prog="launch.moodypartner")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secrets", type=Path, required=True, help="by address, in JSON")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--mood", type=Path, required=True)
    asked = parser.parse_args()
    secrets = json.loads(asked.secrets.read_text(encoding="utf-8"))
    listening = server(asked.port, Partner(secrets, Journal(asked.journal), asked.mood))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listening.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
