"""`./safehand certificates`: a small authority of one's own, for what the containers say to each other."""

import argparse
import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
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


class Unusable(Exception):
    """What is there cannot be used, and is not ours to throw away; says what to do."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who vouches for the servers. Its key is away most of the time, on another machine."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | None


def certificates(words: list[str]) -> int:
    """Make what is missing or ends soon; 1 if something that is there cannot be used."""
    asked = argparse.ArgumentParser(prog="./safehand certificates", description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    asked.add_argument("--renew", action="store_true", help="also what lasts a while yet")
    options = asked.parse_args(words)
    folder: Path = options.folder
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        authority = _authority(folder)
        for server in SERVERS:
            pem = folder / f"{server.name}.pem"
            if not options.renew and _lasts(server, pem, authority.certificate):
                say(f"{pem} is good until {_ends(_read(pem)):%Y-%m-%d}: left as it is")
                continue
            _certify(server, folder, authority)
            say(f"{pem} made, good until {_ends(_read(pem)):%Y-%m-%d}")
    except Unusable as fault:
        say(f"safehand: {fault}")
        return 1
    except OSError as fault:
        say(f"safehand: {fault.filename}: {fault.strerror}")
        return 1
    if authority.key:
        say(f"Take {folder / 'ca.key'} off this machine: it is wanted only here, once a year.")
    return 0


def _authority(folder: Path) -> Authority:
    """The authority that is there, or a new one where nothing is. Raises OSError or Unusable."""
    key_file, pem = folder / f"{AUTHORITY}.key", folder / f"{AUTHORITY}.pem"
    if not pem.exists() and not key_file.exists():
        return _new_authority(key_file, pem)
    if not pem.exists():
        raise Unusable(
            f"{pem} is not there, and its key is: bring it back, or move the key away."
        )
    certificate = _read(pem)
    if _left(certificate) <= ENOUGH:
        raise Unusable(
            f"{pem} ends on {_ends(certificate):%Y-%m-%d}: move it and its key away, run this with "
            "--renew, and start every container anew."
        )
    key = _key(key_file) if key_file.exists() else None
    if key and key.public_key() != certificate.public_key():
        raise Unusable(f"{key_file} and {pem.name} do not belong together.")
    return Authority(certificate, key)


def _new_authority(key_file: Path, pem: Path) -> Authority:
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
    _write(key_file, _private(key), mode=0o600)
    _write(pem, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
    return Authority(certificate, key)


def _certify(server: Server, folder: Path, authority: Authority) -> None:
    """A new key and certificate. Raises OSError, and Unusable where the authority's key is away."""
    if authority.key is None:
        raise Unusable(
            f"{server.name}.pem is to be made: bring {folder / 'ca.key'} back for that time."
        )
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, server.name)]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        # No longer than who vouches for it.
        .not_valid_after(min(now + dt.timedelta(days=DAYS), _ends(authority.certificate)))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.SubjectAlternativeName([_name(each) for each in server.names]), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    _write(folder / f"{server.name}.key", _private(key), mode=0o600, owner=server.user)
    public = certificate.public_bytes(serialization.Encoding.PEM)
    _write(folder / f"{server.name}.pem", public, mode=0o644)


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


def _lasts(server: Server, pem: Path, issuer: x509.Certificate) -> bool:
    """Whether it need not be made now. Raises Unusable where it is something else than it should be,
    which only who says --renew has thrown away."""
    key = pem.with_suffix(".key")
    if not pem.exists() and not key.exists():
        return False
    told = "move it away, or say --renew"
    if not pem.exists() or not key.exists():
        raise Unusable(f"of {pem} and {key.name} one alone is there: {told}.")
    held = _read(pem)
    if held.public_key() != _key(key).public_key():
        raise Unusable(f"{key} and {pem.name} do not belong together: {told}.")
    try:
        held.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise Unusable(f"{pem} is of another authority than ca.pem: {told}.") from None
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if list(names) != [_name(each) for each in server.names]:
        raise Unusable(f"{pem} is for other names than {', '.join(server.names)}: {told}.")
    return _left(held) > ENOUGH


def _read(pem: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.read_bytes())
    except ValueError:
        raise Unusable(f"{pem} is no certificate: move it away.") from None


def _key(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unusable(f"{file} is no key, or asks for a password: move it away.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Unusable(f"{file} is another kind of key than we make: move it away.")
    return key


def _ends(held: x509.Certificate) -> dt.datetime:
    return held.not_valid_after_utc


def _left(held: x509.Certificate) -> dt.timedelta:
    return _ends(held) - dt.datetime.now(dt.UTC)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, *, mode: int, owner: int | None = None) -> None:
    """Whole or not at all; a key for its server's user alone. Where we may not give it away, the
    caller is told how."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        # Whatever the umask: the containers run as others than us.
        os.fchmod(handle, mode)
        file.write(content)
    if owner is not None:
        try:
            os.chown(aside, owner, -1)
        except PermissionError:
            say(f"Run as root, or: chown {owner} {path}")
    aside.rename(path)
