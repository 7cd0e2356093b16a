"""Coming in, for tests that are about something else: a session in which a factor was shown."""

import time
from typing import Any

from django.conf import settings
from django.test import Client

from agencies.models import Member
from edge import stepup
from signin.entering import BACKEND


def enter(
    http: Client, member: Member, *, way: str = stepup.CODE, seconds_ago: int = 0
) -> Client:
    """The member at this client, by the real store of sessions; `way` was shown so long ago."""
    http.force_login(member, backend=BACKEND)
    session: Any = http.session
    stepup.mark(session, way, at=int(time.time()) - seconds_ago)
    session.save()
    return http


def cookie_of(member: Member) -> dict[str, str]:
    """The same for a browser: the name and the value of its cookie."""
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": enter(Client(), member).cookies[name].value}
