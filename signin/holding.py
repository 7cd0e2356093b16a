"""What was typed into a form that waits until one is asked again: kept sealed, in the session."""

import base64
import json

from agencies.models import Member
from custody.ring import purpose_key
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
    sealed = sealing.seal(purpose_key(PURPOSE), text, place=_place(member))
    return base64.b64encode(sealed).decode()


def opened(member: Member, kept: str) -> Fields:
    key = purpose_key(PURPOSE)
    text = sealing.open_sealed(key, base64.b64decode(kept), place=_place(member))
    return [(str(field), [str(each) for each in values]) for field, values in json.loads(text)]


def _place(member: Member) -> str:
    return f"session.held|{member.pk}"
