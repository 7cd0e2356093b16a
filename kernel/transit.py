"""A ring that never leaves its keeper: the transit engine of OpenBao or Vault, over HTTP.

Source: OpenBao's API documentation, "Transit secrets engine": encrypt, decrypt, rotate, trim.
"""

import base64
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel import outside
from kernel.addresses import INSIDE
from kernel.errors import RingUnusable
from kernel.ring import Opener, RingKey
from kernel.sealing import CannotOpen

CAPS = outside.Caps(seconds=5, bytes=1_000_000)
OK, BAD_REQUEST = 200, 400


@dataclass(frozen=True, slots=True)
class TransitRing:
    """`url` names the engine (https://bao.example.org:8200/v1/transit), `name` a key of the kind
    aes256-gcm96 with derived=true; the ring's keys are the versions of that key."""

    url: str
    name: str
    token_file: Path

    def __post_init__(self) -> None:
        try:
            outside.judged(self.url, INSIDE)
        except outside.NotOutside:
            raise RingUnusable(
                "A key server is reached by https, or on this machine."
            ) from None

    def every_key(self) -> list[RingKey]:
        versions: dict[str, Any] = self._ask("GET", f"keys/{self.name}")["keys"]
        return [
            RingKey(version, _moment(versions[version]))
            for version in sorted(versions, key=int)
        ]

    def current(self) -> str:
        return str(self._ask("GET", f"keys/{self.name}")["latest_version"])

    def wrap(self, key: bytes, *, context: str) -> tuple[str, bytes]:
        asked = {"plaintext": _text(key), "context": _text(context.encode())}
        sealed = str(self._ask("POST", f"encrypt/{self.name}", asked)["ciphertext"])
        return sealed.split(":")[1].removeprefix("v"), sealed.encode()

    def unwrap(self, name: str, wrapped: bytes, *, context: str) -> bytes:
        if not wrapped.startswith(f"vault:v{name}:".encode()):
            raise CannotOpen(context)
        asked = {"ciphertext": wrapped.decode(), "context": _text(context.encode())}
        try:
            opened = self._ask("POST", f"decrypt/{self.name}", asked)
        except Declined as fault:
            raise CannotOpen(context) from fault
        return base64.b64decode(opened["plaintext"])

    def as_of_now(self) -> Opener:
        return self

    def add(self, *, at: dt.datetime) -> str:
        self._ask("POST", f"keys/{self.name}/rotate", {})
        return self.current()

    def destroy(self, name: str) -> None:
        """Trim the version off. The engine cuts from the old end only."""
        names = [key.name for key in self.every_key()]
        if name not in names:
            return
        if name != names[0] or name == names[-1]:
            raise RingUnusable(
                "A key server destroys its oldest version first, never the last."
            )
        least = int(name) + 1
        bounds = {"min_decryption_version": least, "min_encryption_version": least}
        self._ask("POST", f"keys/{self.name}/config", bounds)
        self._ask("POST", f"keys/{self.name}/trim", {"min_available_version": least})

    def _ask(
        self, method: str, path: str, data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        token = self.token_file.read_text(encoding="utf-8").strip()
        # The token is for one server: it is led nowhere else, and no proxy is told it.
        try:
            answer = outside.call(
                method,
                f"{self.url.rstrip('/')}/{path}",
                reach=INSIDE,
                body=None if data is None else json.dumps(data).encode(),
                headers={"X-Vault-Token": token, "Content-Type": "application/json"},
                caps=CAPS,
            )
        except (outside.NotOutside, outside.NoAnswer) as fault:
            raise RingUnusable(f"No answer from the key server: {fault}.") from None
        if answer.status == BAD_REQUEST:
            raise Declined(f"The key server declined {path}.")
        if not OK <= answer.status < OK + 100:
            raise RingUnusable(f"The key server answered {answer.status}.")
        try:
            return dict(json.loads(answer.body or b"{}").get("data") or {})
        except ValueError as fault:
            raise RingUnusable(
                f"No answer from the key server: {type(fault).__name__}."
            ) from None


class Declined(RingUnusable):
    """The key server would not do it: a changed ciphertext, another context, a version that is gone."""


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _moment(said: Any) -> dt.datetime | None:
    """When a version was made: seconds for derived keys, an object with a time for others."""
    if isinstance(said, int):
        return dt.datetime.fromtimestamp(said, tz=dt.UTC)
    time = said.get("creation_time") if isinstance(said, dict) else None
    return dt.datetime.fromisoformat(time) if time else None
