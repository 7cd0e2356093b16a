"""Secrets of one installation, made once, readable by their owner alone."""

import base64
import json
import os
import secrets
from pathlib import Path


def secret_key_file(state: Path) -> Path:
    """Django's secret key, made at the first start."""
    return _once(state / "secret_key", secrets.token_urlsafe(50))


def key_ring_file(state: Path) -> Path:
    """The ring of key-encryption keys. Whoever loses it loses every sealed word."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return _once(state / "keyring.json", json.dumps({"current": "1", "keys": {"1": key}}))


def write_private(path: Path, text: str) -> Path:
    """Write a file whole or not at all, with mode 0600."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return aside.replace(path)


def _once(path: Path, text: str) -> Path:
    return path if path.exists() else write_private(path, text)
