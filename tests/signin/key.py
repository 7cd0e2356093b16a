"""A passkey in software, that does right or wrong as a test wants it."""

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG
ORIGIN, SITE = "http://localhost", "localhost"


@dataclass
class SoftKey:
    """One credential. `counter` is what it counts, `verifies` whether it verifies its user."""

    verifies: bool = True
    origin: str = ORIGIN
    site: str = SITE
    counter: int = 0
    counts: bool = True
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    handle: bytes = b""

    def made(self, options: dict[str, Any]) -> str:
        """The answer to a request for a new key, as the script sends it."""
        asked = options["publicKey"]
        self.handle = websafe_decode(asked["user"]["id"])
        public = AttestedCredentialData.create(
            b"\0" * 16,
            self.credential_id,
            ES256.from_cryptography_key(self.private.public_key()),
        )
        data = AuthenticatorData.create(
            sha256(self.site.encode()).digest(), self._flags() | FLAG.AT, self._count(), public
        )
        said = {
            "clientDataJSON": self._client_data("webauthn.create", asked["challenge"]),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._sent(said)

    def shown(self, options: dict[str, Any], **instead: Any) -> str:
        """The answer to a request to show the key."""
        client_data = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(
            sha256(self.site.encode()).digest(), self._flags(), self._count()
        )
        signed = data + sha256(websafe_decode(client_data)).digest()
        signature = self.private.sign(signed, ec.ECDSA(hashes.SHA256()))
        said = {
            "clientDataJSON": client_data,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(self.handle),
        }
        return self._sent(said | instead)

    def _flags(self) -> AuthenticatorData.FLAG:
        return FLAG.UP | (FLAG.UV if self.verifies else FLAG(0))

    def _count(self) -> int:
        if self.counts:
            self.counter += 1
        return self.counter

    def _client_data(self, kind: str, challenge: str) -> str:
        known = CollectedClientData.create(
            type=kind, challenge=websafe_decode(challenge), origin=self.origin
        )
        return websafe_encode(known)

    def _sent(self, response: dict[str, Any]) -> str:
        number = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": number,
                "rawId": number,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
