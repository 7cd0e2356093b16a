"""The name of a person in FHIR: another for each agency and each referral.

Sealed rather than only hashed, so that an address leads back to its referral without a table: SIV
mode (RFC 5297) gives the same name each time, and the agency stands in what it authenticates. Without
the key nobody can tell whether two names are of one person, or whose a name is.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from custody.ring import purpose_key

KEY = "patients of fhir"


def name_of(referral: str, *, agency: str) -> str:
    """What the person of this referral is called before this agency: letters and digits."""
    return _sealed(_cipher(), referral, agency)


def referral_of(name: str, *, agency: str) -> str:
    """The code of the referral in which this agency knows somebody by this name; else nothing."""
    cipher = _cipher()
    try:
        sealed = base64.b32decode(name.upper() + "=" * (-len(name) % 8))
        code = cipher.decrypt(sealed, [agency.encode()]).decode()
    except (binascii.Error, ValueError, InvalidTag):
        return ""
    # The last letter has a bit to spare: one person has one name all the same.
    return code if _sealed(cipher, code, agency) == name else ""


def _sealed(cipher: AESSIV, referral: str, agency: str) -> str:
    sealed = cipher.encrypt(referral.encode(), [agency.encode()])
    return base64.b32encode(sealed).decode().rstrip("=").lower()


def _cipher() -> AESSIV:
    return AESSIV(purpose_key(KEY))
