"""Sessions that a stolen database cannot use: the row knows a digest of the key, not the key."""

import base64
import datetime as dt
import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone

from edge.models import BrowserSession

# 240 of SHA-256's 256 bits fill the 40 letters that Django's table has for a key.
KEPT_BYTES = 30
# Who signs in once more ends the oldest of these.
MOST_SESSIONS = 3
# In the address of what a page asks for by itself: no sign of anybody being there.
AGAIN = "again"


def digest(key: str) -> str:
    """What is kept of a session's key. OWASP ASVS 5.0.0, 7.2: a key has 128 bits and more, so
    that no salt is needed."""
    whole = hashlib.sha256(key.encode()).digest()
    return base64.urlsafe_b64encode(whole[:KEPT_BYTES]).decode()


class SessionStore(db.SessionStore):
    """Django's own store in the database, with each row found by the digest of its key."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def load(self) -> dict[str, Any]:
        key, found = self.session_key, None
        if key is not None:
            alive = BrowserSession.objects.filter(session_key=digest(key))
            found = alive.filter(expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        row: Any = super().create_model_instance(data)
        row.session_key = digest(row.session_key)
        if whose := data.get(SESSION_KEY):
            row.member_id = int(whose)
            row.code, row.device = data.get("code", ""), data.get("device", "")
            row.begun_at, row.seen_at = _moment(data, "begun_at"), _moment(data, "seen_at")
        return row  # type: ignore[no-any-return]  # Django's stubs know its own row only

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            BrowserSession.objects.filter(session_key=digest(key)).delete()


def live_of(member_id: int, *, at: dt.datetime) -> QuerySet[BrowserSession]:
    """The sessions with which the member could still do something, the newest first."""
    idle = dt.timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    rows = BrowserSession.objects.filter(member_id=member_id, expire_date__gt=at)
    return rows.filter(seen_at__gt=at - idle).order_by("-begun_at", "-seen_at")


def end(member_id: int, code: str = "") -> int:
    """End all sessions of a member, or the one of this code; how many these were.

    Each request looks its session up, so that the next one finds nobody.
    """
    rows = BrowserSession.objects.filter(member_id=member_id)
    return (rows.filter(code=code) if code else rows).delete()[0]


def end_others(member_id: int, code: str) -> int:
    """End all sessions of a member but the one of this code; how many these were."""
    return BrowserSession.objects.filter(member_id=member_id).exclude(code=code).delete()[0]


def end_oldest(member_id: int) -> int:
    """Keep the newest sessions only; how many were ended."""
    rows = BrowserSession.objects.filter(member_id=member_id)
    newest = rows.order_by("-begun_at", "-seen_at").values_list("pk", flat=True)
    return rows.exclude(pk__in=list(newest[:MOST_SESSIONS])).delete()[0]


def _moment(data: dict[str, Any], name: str) -> dt.datetime:
    """A time that the session remembers in seconds; now, where it has only just begun."""
    seconds = data.get(name)
    return timezone.now() if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
