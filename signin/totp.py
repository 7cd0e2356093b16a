"""Codes of an authenticator app: a secret offered, a code checked, each step taken once."""

import base64
from io import BytesIO

import qrcode
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth

from agencies.models import Member
from signin.adapter import sealed_for


def offer(member: Member) -> str:
    """A new secret, sealed: it lies in the session until a code of it was shown."""
    with sealed_for(member):
        return str(get_adapter().encrypt(auth.generate_totp_secret()))


def opened(member: Member, sealed: str) -> str:
    with sealed_for(member):
        return str(get_adapter().decrypt(sealed))


def picture(member: Member, secret: str) -> str:
    """The secret as a QR code, as the address of an image that needs no further request."""
    code = qrcode.make(get_adapter().build_totp_url(member, secret), border=4, box_size=4)
    out = BytesIO()
    code.save(out, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def step_of(secret: str, code: str) -> int | None:
    """The time step that this code belongs to: the present one or a neighbour."""
    found = None
    for step in auth.yield_hotp_counters_from_time():
        right = auth.format_hotp_value(auth.hotp_value(secret, step))
        # All are compared, so that the time tells nothing.
        if compare_user_code(actual=code, expected=right):
            found = step
    return found


def keep(member: Member, sealed: str, code: str) -> bool:
    """Take the offered secret as the member's, if the code is of it. The code is then used."""
    secret = opened(member, sealed)
    step = step_of(secret, code)
    if step is None:
        return False
    Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).delete()
    with sealed_for(member):
        row = auth.TOTP.activate(member, secret).instance
    row.data["step"] = step
    row.save(update_fields=["data"])
    return True


def take(member: Member, code: str) -> bool:
    """Whether the code is right and was not used. RFC 6238, 5.2: never accept one twice.

    The mark stands in the row itself, and the row is held: two at once are one after the other,
    and neither a restart nor the loss of a cache brings a code back.
    """
    rows = Authenticator.objects.select_for_update()
    row = rows.filter(user=member, type=Authenticator.Type.TOTP).first()
    if row is None:
        return False
    step = step_of(opened(member, row.data["secret"]), code)
    if step is None or step <= row.data.get("step", 0):
        return False
    row.data["step"] = step
    row.save(update_fields=["data"])
    row.record_usage()
    return True


def is_code(said: str) -> bool:
    """Whether this looks like a code of an app rather than a recovery code."""
    bare = said.replace(" ", "")
    return bare.isascii() and bare.isdigit()
