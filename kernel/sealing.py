"""Authenticated encryption with a ring of keys: AES-256-GCM, keys wrapped by AES-KW.

Sources: NIST SP 800-38D (GCM, random 96-bit nonces), RFC 3394 (key wrap), RFC 5869 (HKDF).
"""

import base64
import hmac
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

FORMAT = b"\x01"
NONCE = 12
# Sealed texts are padded to a multiple of this, so that a length tells little about a name.
BLOCK = 128


class CannotOpen(Exception):
    """The sealed value was changed, moved to another place, or its key is gone."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key-encryption keys by name; `current` wraps what is new, the others only open."""

    current: str
    keys: dict[str, bytes]

    def new_key(self) -> tuple[str, bytes]:
        """A fresh data key: the name of the key that wraps it, and the wrapped key."""
        return self.current, aes_key_wrap(self.keys[self.current], os.urandom(32))

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        return aes_key_unwrap(self.keys[name], wrapped)

    def derive(self, name: str, purpose: str) -> bytes:
        """A key for one purpose that has nothing in common with those of other purposes."""
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return kdf.derive(self.keys[name])


@lru_cache(maxsize=4)
def load(path: str) -> KeyRing:
    """Read a ring file: {"current": "1", "keys": {"1": "<base64 of 32 bytes>"}}."""
    ring = json.loads(Path(path).read_text(encoding="utf-8"))
    keys = {name: base64.b64decode(key) for name, key in ring["keys"].items()}
    if ring["current"] not in keys or any(len(key) != 32 for key in keys.values()):  # noqa: PLR2004 -- AES-256
        raise ValueError(f"{path} is not a key ring: 32-byte keys and the name of the current.")
    return KeyRing(current=ring["current"], keys=keys)


def seal(key: bytes, text: str, *, place: str) -> bytes:
    """Encrypt `text` for one place (table, column, row); elsewhere it does not open."""
    plain = text.encode("utf-8") + b"\x80"
    plain += b"\x00" * (-len(plain) % BLOCK)
    nonce = os.urandom(NONCE)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, FORMAT + place.encode())


def open_sealed(key: bytes, sealed: bytes, *, place: str) -> str:
    """The text that was sealed for this place. Raises CannotOpen, never returns a guess."""
    nonce, body = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
    try:
        plain = AESGCM(key).decrypt(nonce, body, sealed[:1] + place.encode())
    except InvalidTag as fault:
        raise CannotOpen(place) from fault
    return plain.rstrip(b"\x00")[:-1].decode("utf-8")


def index_token(key: bytes, kind: str, value: str) -> bytes:
    """A keyed token by which equal values meet and nothing else is told; 16 bytes."""
    return hmac.new(key, f"{kind}\x1f{value}".encode(), sha256).digest()[:16]
