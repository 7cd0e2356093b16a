"""Secrets of endpoints: made, kept sealed, and signed with.

Source: Standard Webhooks 1.0 (https://www.standardwebhooks.com): `v1,` and HMAC-SHA256 of number, time
and body in base64; after a roll one signature by each key, parted by a space.
"""

import base64
import datetime as dt
import hmac
import os
from collections.abc import Sequence
from hashlib import sha256

from standardwebhooks import Webhook

from custody.ring import purpose_key
from kernel import sealing

PREFIX = "whsec_"
BYTES = 32
PURPOSE = "secrets of endpoints"
# What `opened` raises: it was changed, moved to another endpoint, or its key is gone.
CannotOpen = sealing.CannotOpen


def fresh() -> str:
    return PREFIX + base64.b64encode(os.urandom(BYTES)).decode()


def sealed(text: str, *, endpoint: str, part: str) -> bytes:
    """For one column of one endpoint; elsewhere it does not open."""
    return sealing.seal(purpose_key(PURPOSE), text, place=_place(endpoint, part))


def opened(kept: bytes | memoryview, *, endpoint: str, part: str) -> str:
    return sealing.open_sealed(purpose_key(PURPOSE), bytes(kept), place=_place(endpoint, part))


def signatures(secrets: Sequence[str], *, number: str, at: dt.datetime, body: str) -> str:
    """The value of `webhook-signature`, the newest key's first. `at` is in UTC."""
    return " ".join(Webhook(secret).sign(number, at, body) for secret in secrets)


def answer_to(word: str, secret: str) -> str:
    """What an endpoint answers to the challenge: that it holds the secret and has read the word."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, word.encode(), sha256).digest()).decode()


def is_same(one: str, other: str) -> bool:
    """Without telling by the time it takes how much of them is the same."""
    return hmac.compare_digest(one.encode(), other.encode())


def _place(endpoint: str, part: str) -> str:
    return f"endpoint.{part}|{endpoint}"
