"""The name of a person in FHIR: another for each agency and each referral.

Sealed rather than only hashed, so that an address leads back to its referral without a table: SIV
mode (RFC 5297) gives the same name each time, and the agency stands in what it authenticates. Without
the key nobody can tell whether two names are of one person, or whose a name is.
"""

import base64
import binascii
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from custody.ring import purpose_key

KEY = "patients of fhir"


class Names:
    """The names of people before one agency; its key is asked for once, where it is needed."""

    def __init__(self, agency: str) -> None:
        self.agency = agency.encode()

    @cached_property
    def cipher(self) -> AESSIV:
        return AESSIV(purpose_key(KEY))

    def name_of(self, referral: str) -> str:
        """What the person of this referral is called: letters and digits."""
        sealed = self.cipher.encrypt(referral.encode(), [self.agency])
        return base64.b32encode(sealed).decode().rstrip("=").lower()

    def referral_of(self, name: str) -> str:
        """The code of the referral in which somebody has this name; else nothing."""
        try:
            sealed = base64.b32decode(name.upper() + "=" * (-len(name) % 8))
            code = self.cipher.decrypt(sealed, [self.agency]).decode()
        except (binascii.Error, ValueError, InvalidTag):
            return ""
        # The last letter has a bit to spare: one person has one name all the same.
        return code if self.name_of(code) == name else ""
