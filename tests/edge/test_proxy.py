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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.wall import roles
from launch.certificates import certificates
from launch.environment import any_free_port
from tests.doctoring import address
from tests.launch.test_doctor import certified

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")
WEB: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][
    "web"
]
HOST = "localhost"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
APP = """
import os
def app(environ, start):
    body = environ["wsgi.input"].read()
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    told = environ.get("HTTP_X_FORWARDED_FOR", "-")
    scheme = environ["wsgi.url_scheme"] + "/" + environ.get("HTTP_X_FORWARDED_PROTO", "-")
    host = environ.get("HTTP_HOST", "-")
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(f"{method} {path} {len(body)} {told} {scheme} {host}\\n")
    answer = f"answer to {path}".encode()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
"""


@dataclass(frozen=True)
class Front:
    port: int
    behind: int
    seen: Path
    authority: Path

    def reached(self) -> list[str]:
        return self.seen.read_text().splitlines() if self.seen.exists() else []

    def line(self, **limits: Any) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.set_alpn_protocols(limits.pop("alpn", ["http/1.1"]))
        for name, value in limits.items():
            setattr(context, name, value) if name != "ciphers" else context.set_ciphers(value)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        return context.wrap_socket(plain, server_hostname=HOST)

    def ask(self, raw: bytes) -> bytes:
        """All that comes back for these bytes, until the other end closes or has no more to say."""
        with self.line() as wire:
            # Most close by themselves; what waits for the rest of a body is waited for this long.
            wire.settimeout(6)
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


@contextmanager
def pair(folder: Path, application: str, ready: bytes, **env: str) -> Iterator[Front]:
    """The web server by the compose file's own command, and the proxy before it by its own file."""
    assert certificates([str(folder / "inside")]) == 0
    pem = certified(folder, days=30, name=HOST)
    (folder / "tls").mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(pem, folder / "tls" / name)
    inside, outside = any_free_port(), any_free_port()
    (folder / "nginx.conf").write_text(_on_this_machine(folder, inside, outside))
    here = {
        "config.wsgi": application,
        "0.0.0.0:8443": f"127.0.0.1:{inside}",
        "/run/secrets/web_pem": f"{folder}/inside/web.pem",
        "/run/secrets/web_key": f"{folder}/inside/web.key",
        "warning": "error",
    }
    words = WEB["command"]
    assert set(here) <= set(words)
    web = subprocess.Popen(
        [
            sys.executable, "-m", *(here.get(word, word) for word in words),
            "--config", str(ROOT / "gunicorn.conf.py"),
        ],
        cwd=folder,
        env=os.environ | {"SAFEHAND_DEMO": "false", "PYTHONPATH": f"{ROOT}:{folder}"} | env,
    )  # fmt: skip
    assert NGINX is not None
    proxy = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    found = Front(outside, inside, folder / "seen", pem)
    try:
        _until_it_answers(found, ready)
        yield found
    finally:
        for each in (proxy, web):
            each.terminate()
            each.wait(20)


@pytest.fixture(scope="module")
def front(tmp_path_factory: Any) -> Iterator[Front]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    (folder / "tiny.py").write_text(APP)
    with pair(folder, "tiny:app", b"answer to /livez", SEEN=str(folder / "seen")) as found:
        yield found


@pytest.fixture(scope="module")
def service(tmp_path_factory: Any, django_db_setup: None) -> Iterator[Front]:
    """The whole service behind the proxy, as in an installation."""
    folder: Path = tmp_path_factory.mktemp("service")
    reach = {
        "DATABASE_URL": address(roles.WEB),
        "PUBLIC_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
    }
    with pair(folder, "config.wsgi", b'"alive"', **reach) as found:
        yield found


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


def _until_it_answers(front: Front, ready: bytes) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            if ready in front.ask(get("/livez")):
                return
        except OSError:
            pass
        assert time.monotonic() < end, "it did not come up"
        time.sleep(0.1)


def get(path: str, *more: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *more, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


def post(*headers: bytes, body: bytes = b"", line: bytes = b"POST /open HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: localhost", *headers, b"", b""]) + body


def chunked(body: bytes, *headers: bytes, by: bytes = b"Transfer-Encoding: chunked") -> bytes:
    return post(by, *headers, body=body)


def held(*headers: bytes, line: bytes = b"POST /open HTTP/1.1") -> bytes:
    """With a length that is true, so that the hidden one stands in the body; and something beside it."""
    return post(*headers, b"Content-Length: %d" % len(HIDDEN), body=HIDDEN, line=line)


ENDED = b"0\r\n\r\n" + HIDDEN
# Each could be read as one message or as two; the second is the one that hides. None of these comes
# through, neither as a whole nor in part.
REFUSED = {
    "CL.TE": chunked(ENDED, b"Content-Length: %d" % len(ENDED)),
    "TE.CL": chunked(b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n", b"Content-Length: 4"),
    "two lengths": held(b"Content-Length: 0"),
    "the same length twice": held(b"Content-Length: %d" % len(HIDDEN)),
    "a list of lengths": post(b"Content-Length: 0, %d" % len(HIDDEN), body=HIDDEN),
    "a signed length": post(b"Content-Length: +%d" % len(HIDDEN), body=HIDDEN),
    "a length below nothing": post(b"Content-Length: -1", body=HIDDEN),
    "a length in hexadecimal": post(b"Content-Length: 0x%x" % len(HIDDEN), body=HIDDEN),
    "a length with a point": post(b"Content-Length: %d.0" % len(HIDDEN), body=HIDDEN),
    "a length in two words": post(b"Content-Length: 0 %d" % len(HIDDEN), body=HIDDEN),
    "a length of nothing": post(b"Content-Length:", body=HIDDEN),
    "a length beyond counting": post(b"Content-Length: 9" + b"9" * 30, body=HIDDEN),
    "a space before the colon": post(b"Content-Length : %d" % len(HIDDEN), body=HIDDEN),
    "a tab before the colon": held(b"Transfer-Encoding\t: chunked"),
    "a space before the name": held(b" Transfer-Encoding: chunked"),
    "a header without a colon": held(b"Transfer-Encoding"),
    "an encoding that is none": held(b"Transfer-Encoding: xchunked"),
    "an encoding in quotes": held(b'Transfer-Encoding: "chunked"'),
    "an encoding twice": chunked(ENDED, b"Transfer-Encoding: identity"),
    "two encodings": chunked(ENDED, by=b"Transfer-Encoding: identity, chunked"),
    "an encoding after a bare line feed": held(b"X: y\nTransfer-Encoding: chunked"),
    "an encoding behind a null": held(b"X: \x00\r\nTransfer-Encoding: chunked"),
    "a null in a value": held(b"X: a\x00b"),
    "a null in a name": held(b"X\x00Y: a"),
    "a folded encoding": held(b"Transfer-Encoding:\r\n chunked"),
    "a folded header": held(b"X: a\r\n Transfer-Encoding: chunked"),
    "a vertical tab": held(b"Transfer-Encoding:\x0bchunked"),
    "a chunk of a signed size": chunked(b"+" + ENDED),
    "a chunk of a hexadecimal size": chunked(b"0x" + ENDED),
    "a chunk of a huge size": chunked(b"fffffffffffffffff" + ENDED),
    "a chunk of no size": chunked(b"\r\n\r\n" + HIDDEN),
    "a chunk longer than it says": chunked(b"5\r\nhello, all\r\n" + ENDED),
    "an extension with a line feed": chunked(b"5;\n\r\nhello\r\n" + ENDED),
    "a line within the line": b"GET /open HTTP/1.1\r\nX: a\r" + HIDDEN,
    "an old protocol with chunks": post(
        b"Transfer-Encoding: chunked", body=ENDED, line=b"POST /open HTTP/1.0"
    ),
    "an old protocol": held(line=b"POST /open HTTP/1.0"),
    "a protocol that is none": held(line=b"POST /open HTTP/1.2.3"),
    "no protocol": b"GET /open\r\n",
    "two hosts": held(b"Host: elsewhere"),
    "no host": b"GET /open HTTP/1.1\r\n\r\n" + HIDDEN,
    "a host with a path": held().replace(b"Host: localhost", b"Host: localhost/hidden"),
    "a space in the path": held(line=b"POST /open /hidden HTTP/1.1"),
    "a line's end in the path": held(line=b"POST /open\rGET /hidden HTTP/1.1"),
    "an address without end": held(line=b"POST http:// HTTP/1.1"),
    "a huge header": held(b"X: " + b"x" * 9_000),
    "huge headers": held(*(b"X-%d: " % n + b"y" * 7_000 for n in range(6))),
}
# These are one message by every reading, and come as one, with the hidden one as its body.
WHOLE = {
    "a body of POST": held(),
    "a body of GET": held(line=b"GET /open HTTP/1.1"),
    # nginx drops what it might take for something else.
    "an underscored length": held(b"Content_Length: 0"),
    "an underscored encoding": held(b"Transfer_Encoding: chunked"),
    "an encoding by another name": held(b"X-Transfer-Encoding: chunked"),
    "an upgrade": held(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQ"),
    "a connection that names the length": held(b"Connection: Content-Length, X-Forwarded-Proto"),
    "an expectation": held(b"Expect: 100-continue"),
    "line feeds alone": held().replace(b"\r\n", b"\n", 3),
    "an address in the line": held(line=b"POST https://localhost/open HTTP/1.1"),
    "in one chunk": chunked(b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"),
    "in one chunk with an extension": chunked(b"%x;a=b\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"),
    "in chunks by another spelling": chunked(
        b"%X\r\n" % len(HIDDEN) + HIDDEN + b"\r\n000\r\n\r\n", by=b"transfer-ENCODING: Chunked"
    ),
}  # fmt: skip


def told_apart(front: Front, raw: bytes) -> tuple[list[str], list[str], list[str]]:
    """What reached the web server while these bytes came and another request after them on the same
    line; to which paths the caller was answered; and with what statuses."""
    before = len(front.reached())
    came = front.ask(raw + get("/next"))
    statuses = [each.decode() for each in re.findall(rb"HTTP/1\.1 (\d{3}) ", came)]
    answered = [each.decode() for each in re.findall(rb"answer to (/[a-z]+)", came)]
    reached = [" ".join(line.split()[:3]) for line in front.reached()[before:]]
    # And whoever comes next, on a line of their own, is answered for what they asked.
    assert front.ask(get("/after")).endswith(b"answer to /after")
    assert front.reached()[-1].startswith("GET /after 0 ")
    return reached, answered, statuses


@pytest.mark.parametrize("how", REFUSED)
def test_no_request_hides_in_anothers_body(front: Front, how: str) -> None:
    reached, answered, statuses = told_apart(front, REFUSED[how])
    assert (reached, answered) == ([], [])
    # Before HTTP/1.0 an answer had no status.
    assert [each for each in statuses if each not in {"400", "413", "501", "505"}] == []


@pytest.mark.parametrize("how", WHOLE)
def test_what_is_one_message_comes_as_one(front: Front, how: str) -> None:
    reached, answered, statuses = told_apart(front, WHOLE[how])
    method = WHOLE[how].split(b" ")[0].decode()
    assert reached == [f"{method} /open {len(HIDDEN)}", "GET /next 0"]
    assert answered == ["/open", "/next"]
    assert [each for each in statuses if each != "100"] == ["200", "200"]
    assert front.reached()[-2].endswith(" 127.0.0.1 https/https localhost")


def test_what_the_proxy_takes_for_two_is_two_for_both(front: Front) -> None:
    """nginx lets a chunk end in a line feed. It writes the lengths anew, so the web server counts alike."""
    reached, answered, _ = told_apart(front, chunked(b"5\nhello\n0\n\n" + HIDDEN))
    assert reached in ([], ["POST /open 5", "GET /hidden 0", "GET /next 0"])
    assert answered == [line.split()[1] for line in reached]


def test_whose_host_counts_is_the_address_in_the_line(front: Front) -> None:
    front.ask(get("/host").replace(b"GET /host", b"GET https://elsewhere/host", 1))
    assert front.reached()[-1] == "GET /host 0 127.0.0.1 https/https elsewhere"


def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    """A frame of HTTP/2 (RFC 9113, 4.1)."""
    length = len(content).to_bytes(3, "big")
    return length + bytes([kind, flags]) + stream.to_bytes(4, "big") + content


def field(name: bytes, value: bytes) -> bytes:
    """A header for nobody's memory, in plain letters (RFC 7541, 6.2.2)."""
    assert max(len(name), len(value)) < 127  # longer ones are written otherwise
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def second(*more: tuple[bytes, bytes], body: bytes = b"", **other: bytes) -> bytes:
    """A request by HTTP/2, with headers that a program may write there as it likes."""
    first = {
        "method": b"POST",
        "scheme": b"https",
        "path": b"/open",
        "authority": b"localhost",
    } | other
    head = b"".join(
        field(b":" + name.encode(), value) for name, value in first.items() if value
    )
    head += b"".join(field(*each) for each in more)
    hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
    return hello + frame(1, 4, 1, head) + frame(0, 1, 1, body)  # fmt: skip


CHUNKED = (b"transfer-encoding", b"chunked")
# What cannot be told apart once it is written as HTTP/1.1 towards the web server.
REWRITTEN = {
    "a length below the body's": second((b"content-length", b"0"), body=HIDDEN),
    "a length beyond the body's": second((b"content-length", b"99"), body=HIDDEN),
    "two lengths": second((b"content-length", b"0"), (b"content-length", b"%d" % len(HIDDEN)), body=HIDDEN),
    "a signed length": second((b"content-length", b"+%d" % len(HIDDEN)), body=HIDDEN),
    "chunks and a length": second(CHUNKED, (b"content-length", b"%d" % len(ENDED)), body=ENDED),
    "a line's end in a value": second((b"x", b"a\r\nTransfer-Encoding: chunked"), body=ENDED),
    "a line feed in a value": second((b"x", b"a\nTransfer-Encoding: chunked"), body=ENDED),
    "a null in a value": second((b"x", b"a\0b"), body=HIDDEN),
    "a line's end in a name": second((b"x: a\r\ntransfer-encoding", b"chunked"), body=ENDED),
    "a colon in a name": second((b"transfer-encoding: chunked", b""), body=ENDED),
    "a space in a name": second((b"transfer-encoding ", b"chunked"), body=ENDED),
    "capitals in a name": second((b"Transfer-Encoding", b"chunked"), body=ENDED),
    "a request in the path": second(path=b"/open HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hidden"),
    "a space in the path": second(path=b"/open HTTP/1.1"),
    "a request in the method": second(method=b"GET /hidden HTTP/1.1\r\nX: POST"),
    "a space in the method": second(method=b"GET /hidden"),
    "a request in the host": second(authority=b"localhost\r\n\r\nGET /hidden HTTP/1.1"),
    "no path": second(path=b""),
    "two paths": second((b":path", b"/hidden")),
    "an unknown mark": second((b":hidden", b"/hidden")),
}  # fmt: skip


def by_second(front: Front, raw: bytes) -> list[str]:
    """What reached the web server."""
    before = len(front.reached())
    with front.line(alpn=["h2"]) as wire:
        assert wire.selected_alpn_protocol() == "h2"
        wire.settimeout(0.5)
        wire.sendall(raw)
        _all(wire)
    return [" ".join(line.split()[:3]) for line in front.reached()[before:]]


@pytest.mark.parametrize("how", REWRITTEN)
def test_nothing_hides_on_its_way_from_one_version_to_another(front: Front, how: str) -> None:
    assert by_second(front, REWRITTEN[how]) == []
    assert front.ask(get("/after")).endswith(b"answer to /after")


def test_by_the_second_version_one_message_comes_as_one(front: Front) -> None:
    length = (b"content-length", b"%d" % len(HIDDEN))
    assert by_second(front, second(length, body=HIDDEN)) == [f"POST /open {len(HIDDEN)}"]
    assert by_second(front, second(body=HIDDEN)) == [f"POST /open {len(HIDDEN)}"]
    # Frames alone say there where a body ends; nginx of before 1.25 lets the word pass and heeds it not.
    assert by_second(front, second(CHUNKED, body=ENDED)) in ([], [f"POST /open {len(ENDED)}"])


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("TRACE", "405"),
        ("CONNECT", "405"),
        ("PROPFIND", "405"),
        ("DEBUG", "405"),
        ("LOCK", "405"),
        ("SAFEHAND", "405"),
        # No method has small letters.
        ("get", "400"),
    ],
)
def test_methods_that_nobody_needs_end_at_the_proxy(
    front: Front, method: str, status: str
) -> None:
    before = len(front.reached())
    came = front.ask(get("/x").replace(b"GET", method.encode(), 1))
    assert came.split(b" ")[1] == status.encode()
    assert by_second(front, second(method=method.encode())) == []
    assert len(front.reached()) == before


@pytest.mark.parametrize("old", ["HTTP/1.0", "HTTP/0.9"])
def test_protocols_of_yesterday_end_at_the_proxy(front: Front, old: str) -> None:
    before = len(front.reached())
    came = front.ask(get("/x").replace(b"HTTP/1.1", old.encode(), 1))
    assert came.split(b" ")[1] in {b"505", b"400"}
    assert front.ask(b"GET /x\r\n").count(b"answer to") == 0
    assert len(front.reached()) == before


def test_nobody_says_where_they_come_from(front: Front) -> None:
    came = front.ask(
        get("/from", "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: http", "X_Forwarded_For: 1")
    )  # fmt: skip
    assert came.endswith(b"answer to /from")
    assert front.reached()[-1] == "GET /from 0 127.0.0.1 https/https localhost"


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
            deceived = Front(outside, inside, front.seen, front.authority)
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


@pytest.mark.django_db
def test_the_whole_service_answers_for_each_message_once(service: Front) -> None:
    """The same inputs before what really stands behind: what hides asks for an answer like no other."""
    for how, raw in (REFUSED | WHOLE).items():
        # Of the same length, for the sake of those that are counted.
        came = service.ask(raw.replace(b"/hidden", b"/livez?") + get("/none"))
        assert b'"alive"' not in came, how
        statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", came)
        answers = [each for each in statuses if each != b"100"]
        if how in WHOLE:
            assert (len(answers), answers[-1]) == (2, b"404"), how
        else:
            assert len(answers) <= 1, how
        assert b'"alive"' in service.ask(get("/livez")), how


@pytest.mark.django_db
def test_the_web_server_is_well_by_its_own_check(service: Front) -> None:
    """As the container asks for it: enciphered, and by an address that its certificate names."""
    python, word, code = WEB["healthcheck"]["test"][1:]
    assert (python, word) == ("python", "-c")
    here = (
        ("${ALLOWED_HOSTS}", f"{HOST},elsewhere"),
        ("127.0.0.1:8443", f"127.0.0.1:{service.behind}"),
        ("/run/secrets/inside_ca", f"{service.authority.parent}/inside/ca.pem"),
    )
    for there, put in here:
        assert there in code
        code = code.replace(there, put)
    asked = [sys.executable, "-c", code]
    assert subprocess.run(asked, check=False).returncode == 0
    # Another's authority will not do.
    asked[-1] = code.replace("/inside/ca.pem", f"/{service.authority.name}")
    done = subprocess.run(asked, check=False, capture_output=True, text=True)
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr


def test_the_web_server_speaks_no_old_tls_either(front: Front) -> None:
    context = ssl.create_default_context(cafile=str(front.seen.parent / "inside" / "ca.pem"))
    with (
        socket.create_connection(("127.0.0.1", front.behind), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="web") as line,
    ):
        assert line.version() == "TLSv1.3"
    with warnings.catch_warnings():
        # Python warns of the old version that is to be refused here.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", front.behind), timeout=5) as plain,
        pytest.raises((ssl.SSLError, ConnectionResetError)),
    ):
        context.wrap_socket(plain, server_hostname="web")
    # In clear it says nothing of the service.
    with socket.create_connection(("127.0.0.1", front.behind), timeout=5) as plain:
        plain.sendall(get("/plain"))
        assert b"answer to" not in plain.recv(65536)
