"""Where a call goes: by TLS, to the address that was judged, and to no network of ours unless it is named."""

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import env
from kernel.addresses import LOOPBACK, NEVER, PRIVATE
from notify.channels import systems
from notify.channels.systems import Message
from tests.custody.test_outside import HOSTILE
from tests.notify.partner import Partner, listening

NAME, OTHER = "partner.example.org", "other.example.org"
REFUSALS = {
    "not_printed", "not_a_url", "says_too_much", "not_https", "port_not_allowed",
    "host_not_readable", "address_not_allowed", "unknown_host",
}  # fmt: skip


@pytest.fixture(autouse=True)
def outside(settings: Any) -> None:
    """Not the demonstration, which lets this machine be called."""
    settings.DEMO, settings.WEBHOOK_TIMEOUT = False, 5


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate for NAME that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("partner") / "partner.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def names() -> list[str | None]:
    """What callers of `partner` said by TLS whom they want."""
    return []


@pytest.fixture
def partner(certificate: Path, names: list[str | None]) -> Iterator[Partner]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with listening(context=context) as server:
        server.host = NAME
        yield server


@pytest.fixture
def reached(partner: Partner, certificate: Path, settings: Any) -> None:
    """The settings by which `partner` may be called, on this machine."""
    settings.WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    settings.WEBHOOK_PORTS = (partner.port,)
    settings.WEBHOOK_AUTHORITIES = str(certificate)


class Resolver:
    """Says another thing each time that it is asked, as whoever owns the name may do."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, port: int, *_: Any, **__: Any) -> Any:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(_family(each), socket.SOCK_STREAM, 6, "", (each, port)) for each in found]


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> Resolver:
    resolver = Resolver(*answers)
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return resolver


def said(url: str) -> tuple[int | None, str]:
    outcome = systems.send(Message(url, "{}", {"webhook-id": "1"}))
    return outcome.status, outcome.fault


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_not_called(url: str) -> None:
    status, fault = said(url)
    assert status is None
    assert fault in REFUSALS


@pytest.mark.parametrize("network", NEVER + PRIVATE + LOOPBACK)
def test_a_name_for_an_address_of_ours_is_not_called(
    network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = ipaddress.ip_network(network)
    for address in (str(inside[0]), str(inside[-1])):
        # Beside one outside, so that whoever looks at the first alone would be fooled.
        resolving(monkeypatch, ("8.8.8.8", address))
        assert said(f"https://{NAME}/") == (None, "address_not_allowed"), address


@pytest.mark.parametrize("named", ["169.254.0.0/16", "100.64.0.0/10", "224.0.0.0/4", "::/0"])
def test_no_setting_opens_what_is_never_called(
    named: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = (named, "0.0.0.0/0")
    for network in NEVER:
        resolving(monkeypatch, (str(ipaddress.ip_network(network)[-1]),))
        assert said(f"https://{NAME}/") == (None, "address_not_allowed"), network


@pytest.mark.usefixtures("reached")
def test_by_tls_under_its_own_name(
    partner: Partner, names: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ("127.0.0.1",))
    assert said(partner.url) == (204, "")
    assert [each.headers["host"] for each in partner.heard] == [f"{NAME}:{partner.port}"]
    assert names == [NAME]


@pytest.mark.usefixtures("reached")
def test_whoever_cannot_show_who_they_are_hears_nothing(
    partner: Partner, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ("127.0.0.1",))
    partner.host = OTHER
    assert said(partner.url) == (None, "SSLCertVerificationError")
    partner.host, settings.WEBHOOK_AUTHORITIES = NAME, ""
    assert said(partner.url) == (None, "SSLCertVerificationError")
    assert partner.heard == []


@pytest.mark.usefixtures("reached")
def test_the_connection_goes_to_the_address_that_was_judged(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means something else a moment later leads nowhere else: it is asked once."""
    resolver = resolving(monkeypatch, ("127.0.0.1",), ("10.0.0.1",))
    assert said(partner.url) == (204, "")
    assert (resolver.asked, len(partner.heard)) == (1, 1)

    resolver = resolving(monkeypatch, ("10.0.0.1",), ("127.0.0.1",))
    assert said(partner.url) == (None, "address_not_allowed")
    assert (resolver.asked, len(partner.heard)) == (1, 1)


@pytest.mark.usefixtures("reached")
def test_a_network_that_is_named_opens_itself_alone(
    partner: Partner, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = ("127.0.0.1/32",)
    resolving(monkeypatch, ("127.0.0.1",))
    assert said(partner.url) == (204, "")
    for address in ("127.0.0.2", "10.0.0.1", "::1"):
        resolving(monkeypatch, (address,))
        assert said(partner.url) == (None, "address_not_allowed")
    settings.WEBHOOK_PORTS = (443,)
    resolving(monkeypatch, ("127.0.0.1",))
    assert said(partner.url) == (None, "port_not_allowed")
    assert len(partner.heard) == 1


@pytest.mark.usefixtures("reached")
def test_no_proxy_of_the_environment_is_asked(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ("127.0.0.1",))
    with listening() as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert said(partner.url) == (204, "")
        assert (len(partner.heard), proxy.heard) == (1, [])


def test_in_clear_in_the_demonstration_alone_and_on_this_machine(settings: Any) -> None:
    with listening() as partner:
        settings.WEBHOOK_NETWORKS = ("127.0.0.0/8",)
        assert said(partner.url) == (None, "not_https")
        settings.DEMO, settings.WEBHOOK_NETWORKS = True, ()
        assert said(partner.url) == (204, "")
        assert said("http://10.0.0.1/") == (None, "address_not_allowed")
        assert said("http://8.8.8.8/") == (None, "not_https")
        assert len(partner.heard) == 1


def test_ports_and_networks_are_read_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_PORTS", "443 8443")
    monkeypatch.setenv("WEBHOOK_NETWORKS", "10.20.0.0/16 fd00::/8")
    assert env.numbers("WEBHOOK_PORTS", "443") == (443, 8443)
    assert env.networks("WEBHOOK_NETWORKS") == ("10.20.0.0/16", "fd00::/8")
    monkeypatch.setenv("WEBHOOK_PORTS", "https")
    monkeypatch.setenv("WEBHOOK_NETWORKS", "10.20.0.1/16")
    with pytest.raises(RuntimeError, match="WEBHOOK_PORTS"):
        env.numbers("WEBHOOK_PORTS", "443")
    with pytest.raises(RuntimeError, match="WEBHOOK_NETWORKS"):
        env.networks("WEBHOOK_NETWORKS")
