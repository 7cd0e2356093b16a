"""What a partner agency runs: fetch the newest checkpoint, see that the log only grew, and sign so.

    python -m audit.witness --url https://safehand.example.org --token-file t --state witness.json

It needs no database and none of the service's settings. The state file keeps the log's public key
from the first time on, and the last checkpoint that was signed; beside it lies the witness's key.
"""

import argparse
import base64
import json
import os
import secrets
import sys
import urllib.error
import urllib.request  # noqa: TID251 -- runs on the partner's machine, not in the service
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel import merkle, notes

Ask = Callable[[str, dict[str, Any] | None], dict[str, Any]]
PATIENCE = 20


class NotAsBefore(Exception):
    """The log shows something else than it did: the one thing that a witness is there for."""


def look(ask: Ask, state: Path, *, name: str, log_key: str = "") -> dict[str, Any]:
    """One look: the new state. Raises NotAsBefore, and signs nothing then."""
    known = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    told = ask(f"audit/checkpoint/?since={known.get('seal', 0)}", None)
    given = known.get("log") or log_key or told["key"]
    if not given or (log_key and log_key != given):
        raise NotAsBefore("the log's key is not known, or not the one that was known before")
    pinned = notes.key_of(given)
    checkpoint = _only_grown(told, known, pinned)
    secret = _key_beside(state)
    line = notes.cosign(told["checkpoint"], secret, name)
    word = {
        "size": checkpoint.size,
        "key": str(notes.public_of(secret, name, notes.WITNESS)),
        "cosignature": line,
    }
    seen = {"seal": checkpoint.size, "note": told["checkpoint"], "log": str(pinned)}
    # First kept, then said: what was signed must never be forgotten.
    _keep(state, json.dumps(seen, ensure_ascii=False) + "\n")
    ask("audit/cosignatures/", word)
    return {**seen, "key": word["key"]}


def _only_grown(
    told: dict[str, Any], known: dict[str, Any], pinned: notes.Key
) -> notes.Checkpoint:
    try:
        now = notes.opened(told["checkpoint"], [pinned])
    except notes.NotSigned as fault:
        raise NotAsBefore("the checkpoint is not signed by the log's key") from fault
    if not known:
        return now
    before = notes.read(known["note"])
    if now.size < before.size:
        raise NotAsBefore("the log is shorter than it was")
    proof = [base64.b64decode(each) for each in told["proof"]]
    if not merkle.is_consistent(before.size, before.root, now.size, now.root, proof):
        raise NotAsBefore("the log does not begin with what was signed before")
    return now


def _key_beside(state: Path) -> Ed25519PrivateKey:
    path = state.with_name(f"{state.name}.key")
    if not path.exists():
        _keep(path, Ed25519PrivateKey.generate().private_bytes_raw().hex())
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip()))


def _keep(path: Path, text: str) -> None:
    """Whole or not at all, for the owner's eyes alone."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def over_http(url: str, token: str) -> Ask:
    """Ask the service's API with this token."""

    def ask(path: str, data: dict[str, Any] | None) -> dict[str, Any]:
        body = None if data is None else json.dumps(data).encode()
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(16),
        }
        request = urllib.request.Request(f"{url.rstrip('/')}/api/v1/{path}", body, headers)  # noqa: S310, TID251 -- the operator's own address, on the partner's machine
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310, TID251 -- as above
            told: dict[str, Any] = json.load(answer)
        return told

    return ask


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="safehand audit witness")
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", default=os.environ.get("SAFEHAND_WITNESS_TOKEN", ""))
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--name", required=True, help="the witness, as partner.example.org")
    parser.add_argument("--log-key", default="", help="the log's key, if it was given by hand")
    asked = parser.parse_args(words)
    token = asked.token_file.read_text().strip() if asked.token_file else asked.token
    try:
        seen = look(
            over_http(asked.url, token), asked.state, name=asked.name, log_key=asked.log_key
        )
    except NotAsBefore as alarm:
        print(f"ALARM: {alarm}. Nothing was signed. Call the data protection officer.")  # noqa: T201 -- a command's own words
        return 1
    except urllib.error.URLError as fault:
        print(f"not reached: {fault.reason}")  # noqa: T201 -- a command's own words
        return 2
    print(f"signed {seen['seal']}: {notes.fingerprint(seen['note'])}\nkey {seen['key']}")  # noqa: T201 -- a command's own words
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
