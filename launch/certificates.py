"""`./safehand certificates`: a small authority of one's own, for what the containers say to each other."""

import argparse
import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from launch.environment import ROOT
from launch.run import say

FOLDER = ROOT / "secrets" / "inside"
YEARS, DAYS = 10, 398
# What lasts longer than this is left as it is.
ENOUGH = dt.timedelta(days=30)
AUTHORITY = "ca"


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the compose file: the names by which it is called, and the user that it runs as."""

    name: str
    names: tuple[str, ...]
    user: int


SERVERS = (
    Server("postgres", ("postgres",), 999),
    Server("valkey", ("valkey",), 999),
    # Its own health check calls it by the loopback address.
    Server("web", ("web", "127.0.0.1"), 10001),
)


def certificates(words: list[str]) -> int:
    """Make what is missing or ends soon; 1 if something that is there cannot be used."""
    asked = argparse.ArgumentParser(prog="./safehand certificates", description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    asked.add_argument("--renew", action="store_true", help="also what lasts a while yet")
    options = asked.parse_args(words)
    folder: Path = options.folder
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        key, issuer = _authority(folder)
    except (OSError, ValueError, TypeError) as fault:
        say(f"safehand: {folder / 'ca.key'} and ca.pem cannot be used: {type(fault).__name__}")
        return 1
    for server in SERVERS:
        pem = folder / f"{server.name}.pem"
        if not options.renew and _lasts(pem, issuer):
            say(f"{pem} is good until {_ends(pem):%Y-%m-%d}: left as it is")
            continue
        _certify(server, folder, key, issuer)
        say(f"{pem} made, good until {_ends(pem):%Y-%m-%d}")
    say(f"Take {folder / 'ca.key'} off this machine: it is wanted only here, once a year.")
    return 0


def _authority(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The authority's key and certificate; made where neither is there. Raises OSError, ValueError
    or TypeError where only one of them is, or they are something else."""
    key_file, pem = folder / f"{AUTHORITY}.key", folder / f"{AUTHORITY}.pem"
    if key_file.exists() or pem.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(pem.read_bytes())
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("another kind of key")
        if key.public_key() != certificate.public_key():
            raise ValueError("key and certificate do not belong together")
        return key, certificate
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Safehand, inside")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        # Whoever steals it can play our containers, and nobody else.
        .add_extension(x509.NameConstraints(_may_be_called(), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _private(key), owner=None)
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def _certify(
    server: Server,
    folder: Path,
    authority: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, server.name)]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
        .add_extension(
            x509.SubjectAlternativeName([_name(each) for each in server.names]), critical=False
        )
        .sign(authority, hashes.SHA256())
    )
    _write(folder / f"{server.name}.key", _private(key), owner=server.user)
    (folder / f"{server.name}.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )


def _name(called: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(called))
    except ValueError:
        return x509.DNSName(called)


def _may_be_called() -> list[x509.GeneralName]:
    loopback = x509.IPAddress(ipaddress.ip_network("127.0.0.1/32"))
    return [*(x509.DNSName(server.name) for server in SERVERS), loopback]


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _lasts(pem: Path, issuer: x509.Certificate) -> bool:
    if not pem.exists() or not pem.with_suffix(".key").exists():
        return False
    held = x509.load_pem_x509_certificate(pem.read_bytes())
    return held.issuer == issuer.subject and _ends(pem) - dt.datetime.now(dt.UTC) > ENOUGH


def _ends(pem: Path) -> dt.datetime:
    return x509.load_pem_x509_certificate(pem.read_bytes()).not_valid_after_utc


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, *, owner: int | None) -> None:
    """The key, for its server's user alone; where we may not give it away, the caller is told how."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    aside.rename(path)
    if owner is None:
        return
    try:
        os.chown(path, owner, -1)
    except PermissionError:
        say(f"Run as root, or: chown {owner} {path}")
