"""What the service calls: never its own side by a URL that somebody typed, and never for ever."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kernel.addresses import INSIDE, NEVER, PRIVATE, PUBLIC, may_reach
from kernel.outside import Caps, NoAnswer, NotOutside, aimed, call

# Every way that we know of to say an address of one's own side, or more than an address.
HOSTILE = (
    "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/",
    "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/",
    "https://127.0.0.1.nip.io@127.0.0.1/", "https://0/", "https://0.0.0.0/", "https://localhost/",
    "https://localhost./", "https://LOCALHOST/", "https://[::1]/", "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/", "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::]/",
    "https://[2001:0:7f00:1::]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/",
    "https://[2001:db8::1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://169.254.1.1/",
    "https://100.64.0.1/", "https://100.100.100.200/", "https://168.63.129.16/",
    "https://192.0.0.192/", "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
    "https://192.88.99.1/", "https://203.0.113.1/", "https://8.8.8.8:8443/", "https://8.8.8.8:22/",
    "https://8.8.8.8:99999/", "http://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd",
    "gopher://8.8.8.8/", "//8.8.8.8/", "https:8.8.8.8", "https://", "", "https://user@8.8.8.8/",
    "https://user:word@8.8.8.8/", "https://8.8.8.8#@127.0.0.1/", "https://8.8.8.8\\@127.0.0.1/",
    "https://8.8.8.8/ \r\nHost: x", "https://8.8.8.8\t/", "https://①②⑦.⓪.⓪.①/", "https://ехаmple.org/",
    "https://-x.org/", "https://x..org/", "https://[::1/", "https://8.8.8.8/\x00",
    "https://example.org%2f@127.0.0.1/", "https://" + "a" * 64 + ".org/", "https://8.8.8.8/" + "x" * 2000,
    "https://08.8.8.8/", "https://8.8.8.8.8/", "https://1.1/", "https://[v1.x]/",
)  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_not_called(url: str) -> None:
    with pytest.raises(NotOutside):
        aimed(url, PUBLIC)


def test_a_plain_address_outside_is() -> None:
    for host in ("8.8.8.8", "[2606:4700:4700::1111]"):
        target = aimed(f"https://{host}/a?b=c", PUBLIC)
        assert (target.address, target.port, target.path) == (host.strip("[]"), 443, "/a?b=c")


def test_the_first_and_the_last_of_each_closed_network_is_closed() -> None:
    for text in NEVER + PRIVATE:
        network = ipaddress.ip_network(text)
        for address in (network[0], network[-1]):
            assert not may_reach(str(address), PUBLIC), text


def test_inside_reaches_the_private_network_and_never_the_clouds_secrets() -> None:
    assert aimed("http://127.0.0.1:8200/v1", INSIDE).port == 8200
    assert aimed("https://10.1.2.3:8200/v1", INSIDE).address == "10.1.2.3"
    for url in ("http://10.1.2.3/", "https://169.254.169.254/", "https://[fd00:ec2::254]/"):
        with pytest.raises(NotOutside):
            aimed(url, INSIDE)


def test_a_name_with_one_address_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(*addresses: str) -> Any:
        return lambda *_, **__: [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved("8.8.8.8", "10.0.0.5"))
    with pytest.raises(NotOutside, match="address_not_allowed"):
        aimed("https://partner.example.org/", PUBLIC)
    monkeypatch.setattr(socket, "getaddrinfo", resolved("8.8.8.8"))
    # What the name stands for later does not matter: the connection goes to this address.
    assert aimed("https://partner.example.org/", PUBLIC).address == "8.8.8.8"


class Manners(BaseHTTPRequestHandler):
    """A server with bad ones, by the path it is asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/led":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        elif self.path == "/slow":
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            for _ in range(100):
                try:
                    self.wfile.write(b"X: y\r\n")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * (5_000 if self.path == "/large" else 5))

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def running() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    kind = type("Kind", (Manners,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_it_is_led_nowhere_and_bounded_in_size_and_time() -> None:
    caps = Caps(seconds=0.5, bytes=1_000)
    with running() as (url, asked):
        answer = call("GET", f"{url}/", reach=INSIDE, caps=caps)
        assert (answer.status, answer.body) == (200, b"xxxxx")
        assert call("GET", f"{url}/led", reach=INSIDE, caps=caps).status == 302
        with pytest.raises(NoAnswer, match="TooLarge"):
            call("GET", f"{url}/large", reach=INSIDE, caps=caps)
        begun = time.monotonic()
        with pytest.raises(NoAnswer):
            call("GET", f"{url}/slow", reach=INSIDE, caps=caps)
        assert time.monotonic() - begun < 2
        assert asked == ["/", "/led", "/large", "/slow"]
        # Nor by what the environment names as a proxy.
        with pytest.raises(NotOutside):
            call("GET", f"{url}/")
