"""Sessions that a stolen database cannot use: the row knows a digest of the key, not the key."""

import base64
import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone

# 240 of SHA-256's 256 bits fill the 40 letters that Django's table has for a key.
KEPT_BYTES = 30


def digest(key: str) -> str:
    """What is kept of a session's key. OWASP ASVS 5.0.0, 7.2: a key has 128 bits and more, so
    that no salt is needed."""
    whole = hashlib.sha256(key.encode()).digest()
    return base64.urlsafe_b64encode(whole[:KEPT_BYTES]).decode()


class SessionStore(db.SessionStore):
    """Django's own store in the database, with each row found by the digest of its key."""

    def load(self) -> dict[str, Any]:
        key, found = self.session_key, None
        if key is not None:
            alive = Session.objects.filter(session_key=digest(key))
            found = alive.filter(expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=digest(key)).delete()
