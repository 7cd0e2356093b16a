"""What `./safehand doctor` says of clocks, breached passwords, and the certificate that browsers see."""

import datetime as dt
import os
import socket
import ssl
import subprocess
import sys
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
from django.db import connection

from config.wall import roles
from launch.doctor import certificate, clocks
from launch.environment import ROOT
from tests.conftest import owning
from tests.doctoring import address, examined

NAME = "localhost"
WHAT = "the certificate of PUBLIC_URL is trusted"


def certified(
    folder: Path, *, days: int = 400, name: str = NAME, by: Path | None = None
) -> Path:
    """A certificate with its key in one file, signed by an authority's or, without one, its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(now + dt.timedelta(days=days, hours=23))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    signer: Any = key
    if by is None:
        made = made.issuer_name(subject)
    else:
        pem = by.read_bytes()
        signer = serialization.load_pem_private_key(pem, None)
        made = made.issuer_name(x509.load_pem_x509_certificate(pem).subject)
    path = folder / f"{name}-{days}.pem"
    path.write_bytes(
        made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
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
        (30, False, NAME, (False, "unable to get local issuer certificate")),
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
    authority, other = (certified(tmp_path, name=each) for each in ("authority", "other"))
    pem = certified(tmp_path, days=days, name=name, by=authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority if trusted else other))
    with served(pem) as url:
        assert certificate(url) == (WHAT, *found)


def test_one_that_vouches_for_itself_is_not_trusted(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certified(tmp_path, name="authority")))
    with served(certified(tmp_path)) as url:
        assert certificate(url) == (WHAT, False, "self-signed certificate")


def test_who_cannot_be_reached_or_speaks_in_clear_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert certificate(f"https://{NAME}:{port}") == (
        WHAT, False, f"{NAME} cannot be reached: ConnectionRefusedError",
    )  # fmt: skip
    for url in ("http://localhost", "https://", "https://localhost:99999"):
        assert certificate(url) == (WHAT, False, f"{url} is no https address")


def test_a_server_that_speaks_no_tls_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            plain, _ = listening.accept()
            with plain:
                plain.recv(4096)
                plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        hand = threading.Thread(target=answer, daemon=True)
        hand.start()
        found = certificate(f"https://{NAME}:{listening.getsockname()[1]}")
        hand.join(20)
    assert found == (WHAT, False, f"{NAME} answers, but not by TLS as browsers speak it")


@pytest.mark.parametrize(
    ("apart", "well"), [(0.0, True), (1.9, True), (-2.5, False), (60, False)]
)
def test_clocks_that_differ_are_found(apart: float, well: bool) -> None:
    what, found, _ = clocks("PostgreSQL", time.time() - apart)
    assert (what, found) == ("the clock of PostgreSQL is ours", well)


CLOCK, BROKERS = "the clock of PostgreSQL is ours", "the clock of the broker is ours"
LISTED = "passwords are compared with a list of breached ones"
SEARCHED = "the list of breached passwords can be searched"


def environments(**more: str) -> dict[str, dict[str, str]]:
    """Of the web server and the worker, before the real servers of the tests."""
    env = {name: os.environ[name] for name in ("REDIS_URL", "SECRET_KEY", "KEY_RING_FILE")}
    env |= {"SAFEHAND_DEMO": "true"} | more
    return {
        "web": env | {"DATABASE_URL": address(roles.WEB)},
        "app": env | {"DATABASE_URL": address(roles.WORKER)},
    }


@pytest.mark.django_db(transaction=True)
def test_the_real_servers_clocks_are_compared(tmp_path: Path) -> None:
    said = examined(tmp_path, **environments())
    assert (said[CLOCK], said[BROKERS]) == (("ok", ""), ("ok", ""))
    # Of a demonstration neither is asked.
    assert {WHAT, LISTED, SEARCHED} & said.keys() == set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ahead", "found"),
    [(1, ("ok", "")), (60, ("FAIL", "they are 60.")), (-60, ("FAIL", "they are 60."))],
)
def test_a_database_that_tells_another_time_is_found(
    tmp_path: Path, ahead: int, found: Any
) -> None:
    """The real one; whoever asks it by this address is told a time that is so many seconds ahead."""
    with owning(), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA elsewhen")
        cursor.execute(
            "CREATE FUNCTION elsewhen.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
            f"RETURN pg_catalog.clock_timestamp() + interval '{ahead} s'"
        )
        cursor.execute("GRANT USAGE ON SCHEMA elsewhen TO PUBLIC")
    try:
        env = environments()
        path = "&options=-csearch_path%3Delsewhen%2Cpg_catalog%2Cpublic"
        env["web"]["DATABASE_URL"] = address(roles.WEB, more=path)
        verdict, hint = examined(tmp_path, **env)[CLOCK]
    finally:
        with owning(), connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA elsewhen CASCADE")
    # Some tenths pass while it asks.
    assert (verdict, hint[: len("they are 60.")]) in (found, (found[0], "they are 59."))


@pytest.mark.django_db(transaction=True)
def test_beyond_a_demonstration_the_certificate_and_the_list_are_asked_for(
    tmp_path: Path, monkeypatch: Any
) -> None:
    authority = certified(tmp_path, name="authority")
    pem = certified(tmp_path, days=13, by=authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with served(pem) as url:
        said = examined(tmp_path, **environments(SAFEHAND_DEMO="false", PUBLIC_URL=url))
    assert said[WHAT] == ("FAIL", "it ends in 13 days")
    assert said[LISTED] == ("FAIL", "BREACHED_PASSWORDS names none: docs/security/signin.md")
    assert SEARCHED not in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{'0' * 40}:3\n{'F' * 40}:1\n", ("ok", "")),
        (f"{'F' * 40}:3\n{'0' * 40}:1\n", ("FAIL", "not sorted at byte 43")),
        ("123456\nqwerty\n", ("FAIL", "no line of SHA1:COUNT at byte 0")),
        (None, ("FAIL", "No such file or directory")),
    ],
)
def test_a_list_that_could_not_be_searched_is_found(
    tmp_path: Path, text: str | None, found: Any
) -> None:
    path = tmp_path / "list"
    if text is not None:
        path.write_text(text)
    verdict, hint = examined(tmp_path, **environments(BREACHED_PASSWORDS=str(path)))[SEARCHED]
    assert (verdict, hint.rpartition("BREACHED_PASSWORDS: ")[2]) == found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "kind"), [(roles.WEB, "web"), (roles.WORKER, "worker")])
def test_in_a_container_it_looks_at_what_the_variables_name(
    tmp_path: Path, role: str, kind: str
) -> None:
    (tmp_path / "url").write_text(address(role) + "\n")
    (tmp_path / "broker").write_text(os.environ["REDIS_URL"])
    env = {name: value for name, value in os.environ.items()
           if name not in {"DATABASE_URL", "REDIS_URL", "SAFEHAND_DEMO"}}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "launch", "doctor"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env=env | {"SAFEHAND_STATE": str(tmp_path / "state"), "PUBLIC_URL": "http://x",
                   "DATABASE_URL_FILE": str(tmp_path / "url"), "REDIS_URL_FILE": str(tmp_path / "broker")},
    )  # fmt: skip

    said = done.stdout.splitlines()
    other = {"web": "worker", "worker": "web"}[kind]
    assert f"  --   {other}: its address is not known here" in said
    assert f"  ok   {kind}: logged in as itself" in said
    assert "  ok   the clock of the broker is ours" in said
    assert f"  FAIL {WHAT}: http://x is no https address" in said
    assert done.stderr == ""
    assert done.returncode == 1
