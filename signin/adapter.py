"""Where allauth asks us: what is sealed and for whom, and what an authenticator app is told."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from agencies.models import Member
from custody.ring import purpose_key
from kernel import sealing

# What an app or a key shows beside the user name: nothing that tells what this service is.
NEUTRAL = "Service desk"
PURPOSE = "factor secret"
# Said before each secret, so that another key can follow.
KEY = "1"
_place: ContextVar[str] = ContextVar("place of a factor's secret")


@contextmanager
def sealed_for(member: Member) -> Iterator[None]:
    """Within it secrets are sealed and opened for the row of this member, and nowhere else.

    allauth gives its adapter the secret alone; without this, sealing fails rather than guesses.
    """
    token = _place.set(f"mfa_authenticator.data|totp|{member.pk}")
    try:
        yield
    finally:
        _place.reset(token)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of second factors, under the key ring."""

    def encrypt(self, text: str) -> str:
        key = purpose_key(f"{PURPOSE} {KEY}")
        sealed = sealing.seal(key, text, place=_place.get())
        return f"{KEY}|{base64.b64encode(sealed).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        name, _, sealed = encrypted_text.partition("|")
        key = purpose_key(f"{PURPOSE} {name}")
        return sealing.open_sealed(key, base64.b64decode(sealed), place=_place.get())

    def get_totp_issuer(self) -> str:
        return NEUTRAL

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site that a passkey is for: by the setting, not by what a request calls it."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": NEUTRAL}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        known: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return known | {"display_name": user.username, "name": user.username}


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up here: members are invited."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
