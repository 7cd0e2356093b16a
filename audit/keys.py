"""The keys of the log: one that writes leaves, by HKDF from the secret key; one that signs.

Not of the ring: a key of the ring may be destroyed, and the log must be proven afterwards, too.
"""

import base64
import hmac
import json
import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit import leaf
from kernel import notes, sealing

LEAF, SIGNING = "audit leaf 1", "audit signing 1"
PLACE = "audit signing key"


def writing_key() -> bytes:
    """The key that new leaves are made with."""
    return sealing.derived(settings.SECRET_KEY, LEAF)


def reading_keys() -> list[bytes]:
    """Every key that leaves were made with, the newest first: of the secret key and of the earlier
    ones, which SECRET_KEY_FALLBACKS must go on naming."""
    return [sealing.derived(secret, LEAF) for secret in _secrets()]


class Leaves:
    """Knows whether a leaf is one that this service made; tries the key that fitted last, first."""

    def __init__(self) -> None:
        self.keys = reading_keys()

    def knows(self, said: leaf.Said, mark: bytes) -> bool:
        for place, key in enumerate(self.keys):
            if hmac.compare_digest(leaf.leaf_of(said, leaf.key_of(key, said.event_id)), mark):
                self.keys.insert(0, self.keys.pop(place))
                return True
        return False

    def key_for(self, said: leaf.Said, mark: bytes) -> bytes | None:
        """The event's own key, by which this one leaf can be checked."""
        return leaf.key_of(self.keys[0], said.event_id) if self.knows(said, mark) else None


def signing_key() -> tuple[Ed25519PrivateKey, str]:
    """The key that signs checkpoints, and the name of the log; made when first asked for.

    The file is sealed and readable by its owner alone; only the sealer needs it.
    """
    path = Path(settings.AUDIT_SIGNING_KEY_FILE)
    if not path.exists():
        _make(path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Ed25519PrivateKey.from_private_bytes(_opened(kept["sealed"])), kept["origin"]


def _opened(sealed: str) -> bytes:
    for secret in _secrets():
        with suppress(sealing.CannotOpen):
            key = sealing.derived(secret, SIGNING)
            return bytes.fromhex(
                sealing.open_sealed(key, base64.b64decode(sealed), place=PLACE)
            )
    raise sealing.CannotOpen(PLACE)


def public_key() -> notes.Key | None:
    """The log's public key, if this machine holds the file; it is not opened."""
    path = Path(settings.AUDIT_SIGNING_KEY_FILE)
    if not path.exists():
        return None
    return notes.key_of(json.loads(path.read_text(encoding="utf-8"))["public"])


def _make(path: Path) -> None:
    secret = Ed25519PrivateKey.generate()
    origin = settings.AUDIT_ORIGIN or f"{urlsplit(settings.PUBLIC_URL).hostname}/audit"
    sealed = sealing.seal(
        sealing.derived(settings.SECRET_KEY, SIGNING),
        secret.private_bytes_raw().hex(),
        place=PLACE,
    )
    kept = {
        "origin": origin,
        "public": str(notes.public_of(secret, origin, notes.LOG)),
        "sealed": base64.b64encode(sealed).decode(),
    }
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(kept))
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link does not replace: whoever came first has made the key.
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
