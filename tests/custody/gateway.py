"""A key server over real HTTP: the part of the transit engine of OpenBao that a ring asks for."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN = "s.only-for-this-test"


class Gateway(ThreadingHTTPServer):
    """Holds versions of one derived key, and counts what it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.versions = {1: os.urandom(32)}
        self.asked: list[str] = []
        self.elsewhere = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/transit"

    def cipher(self, version: int, context: str) -> AESGCM:
        kdf = HKDF(SHA256(), 32, salt=None, info=base64.b64decode(context))
        return AESGCM(kdf.derive(self.versions[version]))


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_GET(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, data: dict[str, Any]) -> None:
        verb = self.path.removeprefix("/v1/transit/").replace("/safehand", "")
        self.server.asked.append(verb)
        if self.server.elsewhere:
            self.send_response(307)
            self.send_header("Location", self.server.elsewhere + self.path)
            self.end_headers()
            return
        if self.headers["X-Vault-Token"] != TOKEN:
            self.say(403, {})
            return
        try:
            self.say(200, {"data": getattr(self, verb.replace("/", "_"))(data)})
        except (KeyError, InvalidTag, ValueError):
            self.say(400, {"errors": ["invalid ciphertext"]})

    def keys(self, _data: dict[str, Any]) -> dict[str, Any]:
        made = {str(version): 1_700_000_000 + version for version in self.server.versions}
        return {"keys": made, "latest_version": max(self.server.versions)}

    def encrypt(self, data: dict[str, Any]) -> dict[str, Any]:
        version, nonce = max(self.server.versions), os.urandom(12)
        plain = base64.b64decode(data["plaintext"])
        sealed = self.server.cipher(version, data["context"]).encrypt(nonce, plain, None)
        text = base64.b64encode(nonce + sealed).decode()
        return {"ciphertext": f"vault:v{version}:{text}", "key_version": version}

    def decrypt(self, data: dict[str, Any]) -> dict[str, Any]:
        _, version, text = data["ciphertext"].split(":")
        sealed = base64.b64decode(text)
        cipher = self.server.cipher(int(version[1:]), data["context"])
        plain = cipher.decrypt(sealed[:12], sealed[12:], None)
        return {"plaintext": base64.b64encode(plain).decode()}

    def keys_rotate(self, _data: dict[str, Any]) -> dict[str, Any]:
        self.server.versions[max(self.server.versions) + 1] = os.urandom(32)
        return {}

    def keys_config(self, data: dict[str, Any]) -> dict[str, Any]:
        self.server.least = data["min_decryption_version"]  # type: ignore[attr-defined]  # set here alone
        return {}

    def keys_trim(self, data: dict[str, Any]) -> dict[str, Any]:
        least = data["min_available_version"]
        if least > self.server.least:  # type: ignore[attr-defined]  # see above
            raise ValueError("OpenBao trims only below the least version that may decrypt.")
        kept = {
            version: key for version, key in self.server.versions.items() if version >= least
        }
        self.server.versions = kept
        return {}

    def say(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Gateway]:
    server = Gateway()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
