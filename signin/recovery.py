"""Recovery codes: for who has lost the app and the key. Each works once; only digests are kept."""

import base64
import hashlib
import hmac
import secrets

from allauth.mfa.models import Authenticator

from agencies.models import Member
from custody.ring import purpose_key

HOW_MANY = 10
# 80 random bits are 16 letters of base 32. OWASP ASVS 5.0.0, 6.5.
RANDOM_BYTES = 10
PURPOSE = "recovery code"
# Said beside the digests, so that another key can follow.
KEY = "1"
# What is easily misread, and is no letter of base 32.
MISREAD = str.maketrans("018", "OIB")


def renew(member: Member) -> list[str]:
    """New codes in place of all the old ones, as they are shown this once."""
    codes = [
        base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode() for _ in range(HOW_MANY)
    ]
    Authenticator.objects.update_or_create(
        user=member,
        type=Authenticator.Type.RECOVERY_CODES,
        defaults={
            "data": {"key": KEY, "digests": [_digest(KEY, member, code) for code in codes]}
        },
    )
    return ["-".join(code[n : n + 4] for n in range(0, len(code), 4)) for code in codes]


def take(member: Member, said: str) -> bool:
    """Whether this is one of the codes that are left; from now on it is not."""
    rows = Authenticator.objects.select_for_update()
    row = rows.filter(user=member, type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None:
        return False
    digest = _digest(row.data["key"], member, _bare(said))
    left = [each for each in row.data["digests"] if not hmac.compare_digest(each, digest)]
    if len(left) == len(row.data["digests"]):
        return False
    row.data["digests"] = left
    row.save(update_fields=["data"])
    row.record_usage()
    return True


def left_of(member: Member) -> int:
    row = Authenticator.objects.filter(
        user=member, type=Authenticator.Type.RECOVERY_CODES
    ).first()
    return len(row.data["digests"]) if row is not None else 0


def _bare(said: str) -> str:
    letters = (each for each in said.upper().translate(MISREAD) if each.isalnum())
    return "".join(letters)


def _digest(name: str, member: Member, code: str) -> str:
    """Keyed, and bound to the member: who reads the table can neither try codes nor move them."""
    key = purpose_key(f"{PURPOSE} {name}")
    return hmac.new(key, f"{member.pk}\x1f{code}".encode(), hashlib.sha256).hexdigest()
