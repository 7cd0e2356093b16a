"""The installation's ring, and the keys that hang on it."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from custody.models import PurposeKey
from kernel.ring import KEY_BYTES, FileRing, Opener, Ring
from kernel.sealing import CannotOpen
from kernel.transit import TransitRing


@dataclass(slots=True)
class Kept:
    """What opened the first key of a request, and what it has unwrapped since."""

    opener: Opener | None = None
    keys: dict[tuple[str, bytes, str], bytes] = field(default_factory=dict, repr=False)


# Forgotten with the request. Outside a request nothing is kept.
_kept: ContextVar[Kept | None] = ContextVar("_kept", default=None)


def ring() -> Ring:
    """The ring that the settings name: at a key server, or in a file."""
    if settings.KEY_RING_URL:
        token = Path(settings.KEY_RING_TOKEN_FILE)
        return TransitRing(settings.KEY_RING_URL, settings.KEY_RING_NAME, token)
    return _file_ring(settings.KEY_RING_FILE)


def new_key(context: str) -> tuple[str, bytes]:
    """A fresh key: the name of the ring's key that wraps it, and the wrapped key."""
    return ring().wrap(os.urandom(KEY_BYTES), context=context)


def unwrap(name: str, wrapped: bytes, *, context: str) -> bytes:
    """The plain key; a request asks for each once, of the ring as it was then. Raises kernel.sealing.CannotOpen."""
    kept = _kept.get()
    if kept is None:
        return ring().unwrap(name, wrapped, context=context)
    where = (name, wrapped, context)
    if where not in kept.keys:
        kept.opener = kept.opener or ring().as_of_now()
        try:
            kept.keys[where] = kept.opener.unwrap(name, wrapped, context=context)
        except CannotOpen:
            # The ring may have got a key since.
            kept.keys[where] = ring().unwrap(name, wrapped, context=context)
    return kept.keys[where]


def purpose_key(purpose: str) -> bytes:
    """The key for one purpose of the service's own, made when it is first asked for."""
    row = PurposeKey.objects.filter(purpose=purpose).first()
    return unwrap_row(row or _made(purpose, timezone.now()))


def unwrap_row(row: PurposeKey) -> bytes:
    return unwrap(row.ring_key, bytes(row.wrapped_key), context=row.key_context)


@contextmanager
def for_one_request() -> Iterator[None]:
    """Keep what is unwrapped until this ends, and no longer."""
    token = _kept.set(Kept())
    try:
        yield
    finally:
        _kept.reset(token)


def _made(purpose: str, at: dt.datetime) -> PurposeKey:
    row = PurposeKey(purpose=purpose, made_at=at)
    row.ring_key, row.wrapped_key = new_key(row.key_context)
    facts = {"ring_key": row.ring_key, "wrapped_key": row.wrapped_key, "made_at": at}
    # Somebody else may have made it in this moment: then theirs is the key.
    return PurposeKey.objects.get_or_create(purpose=purpose, defaults=facts)[0]


@lru_cache(maxsize=4)
def _file_ring(path: str) -> FileRing:
    return FileRing(Path(path))
