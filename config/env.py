"""Read the environment once, loudly."""

import ipaddress
import os
from collections.abc import Container
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

# Both words by which kombu knows it.
ASKED = {"required", "CERT_REQUIRED"}


def text(name: str, default: str | None = None) -> str:
    """The value of a variable, or of the file that NAME_FILE points at."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise RuntimeError(f"{name} is not set. See .env.example.")
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "true" if default else "false").lower()
    if value not in {"true", "false"}:
        raise RuntimeError(f"{name} must be true or false, not {value!r}.")
    return value == "true"


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdigit():
        raise RuntimeError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def numbers(name: str, default: str) -> tuple[int, ...]:
    """Whole numbers, parted by spaces."""
    words = text(name, default).split()
    if not words or not all(word.isdigit() for word in words):
        raise RuntimeError(f"{name} must be whole numbers, parted by spaces.")
    return tuple(int(word) for word in words)


def words(name: str, default: str, *, known: Container[str] | None = None) -> tuple[str, ...]:
    """Words, parted by commas, each once. Raises RuntimeError for one that is not known here."""
    said = tuple(dict.fromkeys(word.strip() for word in text(name, default).split(",")))
    found = tuple(word for word in said if word)
    if known is not None and (unknown := [word for word in found if word not in known]):
        raise RuntimeError(f"{name}: {', '.join(unknown)} is not known here.")
    return found


def networks(name: str) -> tuple[str, ...]:
    """Networks such as 10.20.0.0/16, parted by spaces."""
    words = text(name, "").split()
    try:
        return tuple(str(ipaddress.ip_network(word)) for word in words)
    except ValueError as fault:
        raise RuntimeError(f"{name} must be networks such as 10.20.0.0/16.") from fault


def decimal(name: str, *, least: str, most: str) -> Decimal | None:
    """A number between the two, or None where there is none."""
    if not (value := text(name, "")):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation as fault:
        raise RuntimeError(f"{name} must be a number, not {value!r}.") from fault
    if not number.is_finite() or not Decimal(least) <= number <= Decimal(most):
        raise RuntimeError(f"{name} must be a number from {least} to {most}, not {value!r}.")
    return number


def database(name: str) -> dict[str, Any]:
    """Django's settings for a `postgresql://user:secret@host:port/name?host=/socket` address."""
    url = urlsplit(text(name))
    if url.scheme not in {"postgres", "postgresql"}:
        raise RuntimeError(f"{name} must begin with postgresql://. Safehand needs PostgreSQL.")
    extra: dict[str, Any] = {key: values[-1] for key, values in parse_qs(url.query).items()}
    if "prepare_threshold" in extra:
        # Of psycopg, not of libpq: after how many times a statement is prepared.
        extra["prepare_threshold"] = int(extra["prepare_threshold"])
    return {
        "ENGINE": "edge.database",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": extra.pop("host", "") or unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        # Seconds; libpq would wait for ever, and with it whoever asked for a page.
        # What is asked for the fifth time is planned once and for all: most of what a request costs the
        # database is planning, with the row policies in every plan.
        "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 5} | extra,
    }


def broker(name: str) -> str:
    """Celery's address of the queue. Behind `rediss://` only who shows a certificate for that name is
    believed: kombu would ask for none unless it is told to. Raises RuntimeError where the address says
    otherwise, or names an authority that is not there."""
    address = text(name)
    url = urlsplit(address)
    if url.scheme != "rediss":
        return address
    told = dict(parse_qsl(url.query))
    if told.get("ssl_cert_reqs", "required") not in ASKED or "ssl_check_hostname" in told:
        raise RuntimeError(f"{name} must look at who answers: say ssl_cert_reqs=required.")
    authority = told.get("ssl_ca_certs")
    if authority is not None and not Path(authority).is_file():
        raise RuntimeError(f"{name}: ssl_ca_certs must name a file. See .env.example.")
    query = urlencode(told | {"ssl_cert_reqs": "required"}, safe="/")
    return f"{address.partition('?')[0]}?{query}"


def path(name: str) -> str:
    """The path of a file that must be there."""
    value = os.environ.get(name, "")
    if not Path(value).is_file():
        raise RuntimeError(f"{name} must name a file. See .env.example.")
    return value


def plain(name: str) -> str:
    """The value of a variable that is itself the path of a file, there or not; empty if not set."""
    return os.environ.get(name, "")
