"""By what somebody without an account proves that a link is theirs: its secret, a passcode that came
another way, and the one browser in which both were shown first. None of them is kept in clear."""

import hashlib
import hmac
import secrets

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from custody.ring import purpose_key
from kernel import sealing

# 256 random bits for what a machine carries; 8 digits for what is read out on the telephone, behind
# five tries.
SECRET_BYTES = 32
DIGITS = 8
PURPOSE = "guest link"


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def new_passcode() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def digest_of(kind: str, secret: str) -> str:
    """What is kept of a link's or a browser's secret: keyed, so that nobody who reads the table can
    tell even a secret that they have come by. Its key goes with the sessions' and with nothing kept
    for long, so that no page asks the ring for it."""
    key = sealing.derived(settings.SECRET_KEY, PURPOSE)
    return hmac.new(key, f"{kind}\x1f{secret}".encode(), hashlib.sha256).hexdigest()


def hash_of(link: str, passcode: str) -> str:
    """What is kept of the passcode of the link with this code: slow, for it is short; and keyed, so
    that a stolen table cannot be tried at all."""
    return make_password(_keyed(f"{link}\x1f{passcode}"))


def is_passcode(link: str, said: str, kept: str) -> bool:
    """Whether it is the one. Digits may be parted as on a telephone: 1234 5678."""
    bare = "".join(each for each in said if each.isdigit())
    keyed = _keyed(f"{link}\x1f{bare}")
    if not kept:
        # As slow as any other no: how long it takes tells nobody whether one was given yet.
        make_password(keyed)
        return False
    return check_password(keyed, kept)


def seal(link: str, secret: str) -> bytes:
    return sealing.seal(purpose_key(PURPOSE), secret, place=_place(link))


def opened(link: str, sealed: bytes) -> str:
    """Raises kernel.sealing.CannotOpen."""
    return sealing.open_sealed(purpose_key(PURPOSE), sealed, place=_place(link))


def _place(link: str) -> str:
    return f"guest_link.secret|{link}"


def _keyed(text: str) -> str:
    return hmac.new(purpose_key(PURPOSE), text.encode(), hashlib.sha256).hexdigest()
