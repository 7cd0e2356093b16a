"""What was typed into a form that waits until one is asked again: kept sealed, in the session."""

import base64
import json

from django.conf import settings

from agencies.models import Member
from kernel import sealing

PURPOSE = "held form"
# More than any form of ours holds; what is larger is not kept.
MOST = 200_000
Fields = list[tuple[str, list[str]]]


def seal(member: Member, fields: Fields) -> str:
    """The fields as a text for the session; empty where they are too large to be kept."""
    text = json.dumps(fields)
    if len(text) > MOST:
        return ""
    sealed = sealing.seal(_key(), text, place=_place(member))
    return base64.b64encode(sealed).decode()


def opened(member: Member, kept: str) -> Fields:
    key = _key()
    text = sealing.open_sealed(key, base64.b64decode(kept), place=_place(member))
    return [(str(field), [str(each) for each in values]) for field, values in json.loads(text)]


def _key() -> bytes:
    """Of the secret key: what is held lives for minutes, and in a request that is undone."""
    return sealing.derived(settings.SECRET_KEY, PURPOSE)


def _place(member: Member) -> str:
    return f"session.held|{member.pk}"
