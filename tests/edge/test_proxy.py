"""The proxy's own configuration, by a real nginx before a real gunicorn: who is let through, and as what.

A message that the two could measure differently would let a request hide in another's body (request
smuggling; OWASP ASVS 5.0.0, 4.2.1). Behind both stands an application that writes down what reached it.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launch.certificates import certificates
from launch.environment import any_free_port
from tests.launch.test_doctor import certified

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")
HOST = "localhost"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
APP = """
import os
def app(environ, start):
    body = environ["wsgi.input"].read()
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    told = environ.get("HTTP_X_FORWARDED_FOR", "-")
    scheme = environ["wsgi.url_scheme"] + "/" + environ.get("HTTP_X_FORWARDED_PROTO", "-")
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(f"{method} {path} {len(body)} {told} {scheme}\\n")
    answer = f"answer to {path}".encode()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
"""


@dataclass(frozen=True)
class Front:
    port: int
    seen: Path
    authority: Path

    def reached(self) -> list[str]:
        return self.seen.read_text().splitlines() if self.seen.exists() else []

    def line(self, **limits: Any) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.set_alpn_protocols(["http/1.1"])
        for name, value in limits.items():
            setattr(context, name, value) if name != "ciphers" else context.set_ciphers(value)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        return context.wrap_socket(plain, server_hostname=HOST)

    def ask(self, raw: bytes) -> bytes:
        """All that comes back for these bytes, until the other end closes or has no more to say."""
        with self.line() as wire:
            wire.settimeout(1.5)
            wire.sendall(raw)
            return _all(wire)


def _all(wire: ssl.SSLSocket) -> bytes:
    came = b""
    try:
        while part := wire.recv(65536):
            came += part
    except (TimeoutError, ConnectionResetError, ssl.SSLError):
        pass
    return came


@pytest.fixture(scope="module")
def front(tmp_path_factory: Any) -> Iterator[Front]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    assert certificates([str(folder / "inside")]) == 0
    pem = certified(folder, days=30, name=HOST)
    (folder / "tls").mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(pem, folder / "tls" / name)
    (folder / "tiny.py").write_text(APP)
    inside, outside, seen = any_free_port(), any_free_port(), folder / "seen"
    (folder / "nginx.conf").write_text(_on_this_machine(folder, inside, outside))
    web = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "tiny:app", "--config", str(ROOT / "gunicorn.conf.py"),
            "--bind", f"127.0.0.1:{inside}", "--certfile", str(folder / "inside/web.pem"),
            "--keyfile", str(folder / "inside/web.key"), "--no-control-socket", "--log-level", "error",
        ],
        cwd=folder,
        env=os.environ | {"SEEN": str(seen), "SAFEHAND_DEMO": "false", "PYTHONPATH": f"{ROOT}:{folder}"},
    )  # fmt: skip
    assert NGINX is not None
    proxy = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    found = Front(outside, seen, pem)
    try:
        _until_it_answers(found)
        yield found
    finally:
        for each in (proxy, web):
            each.terminate()
            each.wait(20)


def _on_this_machine(folder: Path, inside: int, outside: int) -> str:
    """The file of the image, with paths and ports of here, and for an nginx before 1.25, which says
    http2 beside listen and resolves the names of an upstream once."""
    words = (ROOT / "deploy" / "nginx.conf").read_text()
    for pattern, put in (
        (r"\n *resolver [^\n]*", ""),
        (r"server web:8443 resolve;", f"server 127.0.0.1:{inside};"),
        (r"\n *http2 on;", ""),
        (r"listen 8443 ssl;", f"listen 127.0.0.1:{outside} ssl http2;"),
        # All of these tests come from one address.
        (r"rate=20r/s", "rate=1000r/s"),
        (r"/etc/nginx/tls/", f"{folder}/tls/"),
        (r"/etc/nginx/inside_ca.pem", f"{folder}/inside/ca.pem"),
        (r"/run/nginx.pid", f"{folder}/pid"),
        (r"/dev/std(err|out)", rf"{folder}/\1.log"),
    ):
        words, count = re.subn(pattern, put, words)
        assert count, f"{pattern} stands in the file no longer"
    return words


def _until_it_answers(front: Front) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            if b"answer to /ready" in front.ask(get("/ready")):
                return
        except OSError:
            time.sleep(0.1)
        assert time.monotonic() < end, "it did not come up"


def get(path: str, *more: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *more, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


def post(*headers: bytes, body: bytes = b"", line: bytes = b"POST /open HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: localhost", *headers, b"", b""]) + body


LONG = str(len(HIDDEN) + 5).encode()
# Each could be read as one message or as two; the second is the one that hides.
SMUGGLED = {
    "CL.TE": post(b"Content-Length: " + LONG, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "TE.CL": post(b"Transfer-Encoding: chunked", b"Content-Length: 4",
                  body=b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "a list of lengths": post(b"Content-Length: 0, %d" % len(HIDDEN), body=HIDDEN),
    "a signed length": post(b"Content-Length: +%d" % len(HIDDEN), body=HIDDEN),
    "a length below nothing": post(b"Content-Length: -1", body=HIDDEN),
    "a length in hexadecimal": post(b"Content-Length: 0x%x" % len(HIDDEN), body=HIDDEN),
    "an underscored length": post(b"Content_Length: 0", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "a space before the colon": post(b"Content-Length : %d" % len(HIDDEN), body=HIDDEN),
    "a tab before the colon": post(b"Transfer-Encoding\t: chunked", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "an encoding that is none": post(b"Transfer-Encoding: xchunked", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "an encoding twice": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity",
                              body=b"0\r\n\r\n" + HIDDEN),
    "two encodings": post(b"Transfer-Encoding: identity, chunked", body=b"0\r\n\r\n" + HIDDEN),
    "an encoding after a bare line feed": post(b"X: y\nTransfer-Encoding: chunked",
                                               b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "an encoding behind a null": post(b"X: \x00\r\nTransfer-Encoding: chunked",
                                      b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "a folded encoding": post(b"Transfer-Encoding:\r\n chunked", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "a vertical tab": post(b"Transfer-Encoding:\x0bchunked", b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
    "a chunk of a signed size": post(b"Transfer-Encoding: chunked", body=b"+0\r\n\r\n" + HIDDEN),
    "a chunk of a huge size": post(b"Transfer-Encoding: chunked", body=b"fffffffffffffffff0\r\n\r\n" + HIDDEN),
    "a chunk that ends in a line feed": post(b"Transfer-Encoding: chunked", body=b"5\nhello\n0\n\n" + HIDDEN),
    "an extension with a line feed": post(b"Transfer-Encoding: chunked", body=b"5;\n\r\nhello\r\n0\r\n\r\n" + HIDDEN),
    "a body of GET": post(b"Content-Length: %d" % len(HIDDEN), body=HIDDEN, line=b"GET /open HTTP/1.1"),
    "a line within the line": b"GET /open HTTP/1.1\r\nX: a\rGET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an old protocol with chunks": post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN,
                                        line=b"POST /open HTTP/1.0"),
}  # fmt: skip


@pytest.mark.parametrize("how", SMUGGLED)
def test_no_request_hides_in_anothers_body(front: Front, how: str) -> None:
    before = len(front.reached())
    came = front.ask(SMUGGLED[how])

    # Two messages that both ends read as two are two requests, and nobody was deceived.
    reached = [line.split()[1] for line in front.reached()[before:]]
    answered = [found.decode() for found in re.findall(rb"answer to (/[a-z]+)", came)]
    assert reached == answered, (
        "something reached the service that the caller was not answered for"
    )
    assert reached in ([], ["/open"]) or came.count(b"HTTP/1.1 ") == len(reached)
    after = front.ask(get("/after"))
    assert after.endswith(b"answer to /after")
    assert front.reached()[-1].startswith("GET /after 0 ")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "DEBUG", "LOCK"])
def test_methods_that_nobody_needs_end_at_the_proxy(front: Front, method: str) -> None:
    before = len(front.reached())
    target = "localhost:443" if method == "CONNECT" else "/x"
    came = front.ask(get(target).replace(b"GET", method.encode(), 1))
    assert came.split(b" ")[1] in {b"405", b"400"}
    assert len(front.reached()) == before


def test_nobody_says_where_they_come_from(front: Front) -> None:
    came = front.ask(
        get("/from", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: http", "X_Forwarded_For: 1")
    )  # fmt: skip
    assert came.endswith(b"answer to /from")
    assert front.reached()[-1] == "GET /from 0 127.0.0.1 https/https"


def test_headers_without_an_end_are_refused(front: Front) -> None:
    before = len(front.reached())
    assert b" 400 " in front.ask(get("/large", "X: " + "x" * 9_000)).split(b"\r\n")[0]
    many = [f"X-{n}: {'y' * 900}" for n in range(60)]
    assert b" 400 " in front.ask(get("/many", *many)).split(b"\r\n")[0]
    assert b" 414 " in front.ask(get("/" + "p" * 9_000)).split(b"\r\n")[0]
    assert len(front.reached()) == before


def test_only_good_ciphers_are_spoken(front: Front) -> None:
    with front.line() as newest:
        assert newest.version() == "TLSv1.3"
    older = {"maximum_version": ssl.TLSVersion.TLSv1_2}
    with front.line(**older) as line:
        used = line.cipher()
        assert used is not None
        assert used[0].startswith("ECDHE-")
        assert "GCM" in used[0] or "CHACHA20" in used[0]
    for refused in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"):
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            front.line(**older, ciphers=refused)
    with warnings.catch_warnings(), pytest.raises((ssl.SSLError, ConnectionResetError)):
        # Python warns of the old version that is to be refused here.
        warnings.simplefilter("ignore", DeprecationWarning)
        old = ssl.TLSVersion.TLSv1_1
        front.line(minimum_version=old, maximum_version=old, ciphers="ALL:@SECLEVEL=0")


def test_the_proxy_speaks_to_our_own_web_server_alone(front: Front, tmp_path: Path) -> None:
    """Another server in its place, with a certificate of another authority, is told nothing."""
    other = certified(tmp_path, days=30, name="web")
    inside, outside = any_free_port(), any_free_port()
    folder = front.seen.parent
    words = _on_this_machine(folder, inside, outside).replace(
        f"{folder}/pid", f"{tmp_path}/pid"
    )
    (tmp_path / "nginx.conf").write_text(words)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(other)
    with socket.create_server(("127.0.0.1", inside)) as impostor:
        impostor.settimeout(10)
        assert NGINX is not None
        proxy = subprocess.Popen(
            [
                NGINX,
                "-p",
                str(tmp_path),
                "-c",
                str(tmp_path / "nginx.conf"),
                "-g",
                "daemon off;",
            ],
            stderr=subprocess.DEVNULL,
        )
        try:
            deceived = Front(outside, front.seen, front.authority)
            end = time.monotonic() + 10
            while True:
                try:
                    wire = deceived.line()
                    break
                except OSError:
                    assert time.monotonic() < end
                    time.sleep(0.1)
            with wire:
                wire.sendall(get("/secret"))
                plain, _ = impostor.accept()
                heard = b""
                try:
                    with context.wrap_socket(plain, server_side=True) as line:
                        heard = line.recv(100)
                except (ssl.SSLError, ConnectionResetError):
                    pass
                wire.settimeout(5)
                assert b" 502 " in wire.recv(65536)
            assert heard == b""
        finally:
            proxy.terminate()
            proxy.wait(10)
