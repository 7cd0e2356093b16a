"""Passkeys: a key is enrolled and shown with user verification, for our own site only.

Challenges, origins, the site's name, signatures and the flag of verification are fido2's work,
through allauth. Ours: a challenge serves once and for five minutes, a counter that falls is a
copied key, and a key belongs to one member.
"""

import json
import struct
import time
from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import UnsupportedAlgorithm
from django.core.exceptions import ValidationError

from agencies.models import Member
from kernel.errors import Refused
from signin import queries

ASKED_AT = "passkey_asked_at"
GOOD_SECONDS = 300
# All that a made-up answer of a browser may run into.
NOT_ONE = (
    ValidationError, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    struct.error, RecursionError, NotImplementedError, UnsupportedAlgorithm,
)  # fmt: skip
REFUSED = "passkey_not_taken"


def begin_enrolment(member: Member) -> dict[str, Any]:
    """What a browser needs to make a key: one that the device keeps, and verifies its user for."""
    return _asked(auth.begin_registration(member, passwordless=True))


def begin_proof(member: Member | None) -> dict[str, Any]:
    """What a browser needs to show a key: one of the member's, or whichever it has for us."""
    return _asked(auth.begin_authentication(member))


def enrol(member: Member, said: str, *, name: str) -> Authenticator:
    """Keep the key that a browser has made. Raises Refused."""
    try:
        credential = _read(said)
        data = auth.complete_registration(auth.parse_registration_response(credential))
        credential_id = str(credential["id"])
        counter = data.counter
    except NOT_ONE as fault:
        raise Refused(REFUSED) from fault
    finally:
        auth.clear_state()
    if Authenticator.objects.filter(data__credential__id=credential_id).exists():
        raise Refused(REFUSED)
    row: Authenticator = auth.WebAuthn.add(member, name, credential).instance
    row.data["sign_count"] = counter
    row.save(update_fields=["data"])
    return row


def show(member: Member | None, said: str) -> Member:
    """The member whose key a browser has shown; `member`, where it is known who must. Raises
    Refused for whatever is not right."""
    try:
        credential = _read(said)
        # The handle is needed only where nobody was named before.
        whose = member or auth.extract_user_from_response(credential)
        parsed = auth.parse_authentication_response(credential)
        row = auth.complete_authentication(whose, parsed)
        counter = parsed.response.authenticator_data.counter
    except NOT_ONE as fault:
        raise Refused(REFUSED) from fault
    finally:
        auth.clear_state()
    _count(row, counter)
    found = queries.active_member(whose.pk)
    if found is None:
        raise Refused(REFUSED)
    return found


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    context.request.session[ASKED_AT] = int(time.time())
    return options


def _read(said: str) -> dict[str, Any]:
    """The browser's answer, while its challenge is good."""
    asked = context.request.session.pop(ASKED_AT, 0)
    if not 0 <= time.time() - asked <= GOOD_SECONDS:
        raise ValueError("the challenge is too old")
    credential = json.loads(said)
    if not isinstance(credential, dict):
        raise TypeError("not a credential")
    return credential


def _count(row: Authenticator, counter: int) -> None:
    """WebAuthn 3, 7.2 step 22: a counter that does not rise was counted by a copy of the key."""
    held = Authenticator.objects.select_for_update().get(pk=row.pk)
    before = held.data.get("sign_count", 0)
    if (counter or before) and counter <= before:
        raise Refused(REFUSED)
    held.data["sign_count"] = counter
    held.save(update_fields=["data"])
    held.record_usage()
