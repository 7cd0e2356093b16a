"""What `./safehand doctor` says of clocks and of the certificate that people's browsers see."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from launch.doctor import certificate, clocks

NAME = "localhost"
WHAT = "the certificate of PUBLIC_URL is trusted"


def certified(folder: Path, *, days: int, name: str = NAME) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}-{days}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def served(pem: Path) -> Iterator[str]:
    """The address of a TLS server that shows this certificate to one caller."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(20)

    def greet() -> None:
        plain, _ = listening.accept()
        try:
            context.wrap_socket(plain, server_side=True).close()
        except OSError:
            plain.close()

    hand = threading.Thread(target=greet, daemon=True)
    hand.start()
    try:
        yield f"https://{NAME}:{listening.getsockname()[1]}"
    finally:
        hand.join(20)
        listening.close()


@pytest.mark.parametrize(
    ("days", "trusted", "name", "found"),
    [
        (30, True, NAME, (True, "it ends in 30 days")),
        (13, True, NAME, (False, "it ends in 13 days")),
        (30, False, NAME, (False, "self-signed certificate")),
        (
            30,
            True,
            "elsewhere",
            (False, f"Hostname mismatch, certificate is not valid for '{NAME}'."),
        ),
        (-1, True, NAME, (False, "certificate has expired")),
    ],
)
def test_a_certificate_is_judged_as_a_browser_would(
    tmp_path: Path, monkeypatch: Any, days: int, trusted: bool, name: str, found: Any
) -> None:
    pem = certified(tmp_path, days=days, name=name)
    other = certified(tmp_path, days=400, name="other")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem if trusted else other))
    with served(pem) as url:
        assert certificate(url) == (WHAT, *found)


def test_who_cannot_be_reached_or_speaks_in_clear_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert certificate(f"https://{NAME}:{port}") == (
        WHAT, False, f"{NAME} cannot be reached: ConnectionRefusedError",
    )  # fmt: skip
    assert certificate("http://localhost") == (
        WHAT,
        False,
        "http://localhost is no https address",
    )


@pytest.mark.parametrize(
    ("apart", "well"), [(0.0, True), (1.9, True), (-2.5, False), (60, False)]
)
def test_clocks_that_differ_are_found(apart: float, well: bool) -> None:
    what, found, _ = clocks("PostgreSQL", time.time() - apart)
    assert (what, found) == ("the clock of PostgreSQL is ours", well)
