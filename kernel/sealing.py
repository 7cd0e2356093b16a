"""Authenticated encryption for one place: AES-256-GCM. Keys come wrapped, from kernel/ring.py, or
are derived from a secret for one purpose.

Sources: NIST SP 800-38D (GCM, random 96-bit nonces), RFC 5869 (HKDF).
"""

import hmac
import os
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = b"\x01"
NONCE, TAG = 12, 16
# Sealed texts are padded to a multiple of this, so that a length tells little about a name.
BLOCK = 128


class CannotOpen(Exception):
    """The sealed value was changed, moved to another place, or its key is gone."""


def seal(key: bytes, text: str, *, place: str) -> bytes:
    """Encrypt `text` for one place (table, column, row); elsewhere it does not open."""
    plain = text.encode("utf-8") + b"\x80"
    plain += b"\x00" * (-len(plain) % BLOCK)
    nonce = os.urandom(NONCE)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, FORMAT + place.encode())


def open_sealed(key: bytes, sealed: bytes, *, place: str) -> str:
    """The text that was sealed for this place. Raises CannotOpen, never returns a guess."""
    nonce, body = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
    if sealed[:1] != FORMAT or len(body) < TAG:
        raise CannotOpen(place)
    try:
        plain = AESGCM(key).decrypt(nonce, body, sealed[:1] + place.encode())
    except InvalidTag as fault:
        raise CannotOpen(place) from fault
    return plain.rstrip(b"\x00")[:-1].decode("utf-8")


@lru_cache(maxsize=32)
def derived(secret: str, purpose: str) -> bytes:
    """The key of a secret for this purpose alone, of use for no other; 32 bytes, worked out once."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return made.derive(secret.encode())


def index_token(key: bytes, kind: str, value: str) -> bytes:
    """A keyed token by which equal values meet and nothing else is told; 16 bytes."""
    return hmac.new(key, f"{kind}\x1f{value}".encode(), sha256).digest()[:16]
