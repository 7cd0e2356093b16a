"""Check a proof of one event, with the log's public key and nothing else: no database, no service.

python -m audit.check proof.json --key 'safehand.example.org/audit+1a2b3c4d+...'
"""

import argparse
import base64
import binascii
import datetime as dt
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from audit import leaf
from kernel import merkle, notes

SAID = ("event", "actor", "agency", "role", "about", "case", "groups", "request_id", "facts")


class Wrong(Exception):
    """The proof does not hold; the words say where."""


def check(proof: dict[str, Any], trusted: list[notes.Key]) -> notes.Checkpoint:
    """The checkpoint that the event stands under. Raises Wrong."""
    try:
        return _checked(proof, trusted)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as fault:
        raise Wrong("this is not a proof") from fault
    except notes.NotSigned as fault:
        raise Wrong("the checkpoint is not signed by this key") from fault


def _checked(proof: dict[str, Any], trusted: list[notes.Key]) -> notes.Checkpoint:
    told, closed = proof["event"], proof["seal"]
    event_id, mark = uuid.UUID(told["event_id"]), _raw(told["leaf"])
    said = leaf.Said(
        event_id=event_id,
        happened_at=dt.datetime.fromisoformat(told["happened_at"]),
        **{name: told[name] for name in SAID},
    )
    if told["key"] is None or leaf.leaf_of(said, _raw(told["key"])) != mark:
        raise Wrong("the event says something else than what was sealed")
    bottom = leaf.hash_of(told["number"], told["xid"], event_id, mark)
    seal = _seal(closed)
    path = [_raw(each) for each in closed["path"]]
    if merkle.root_by_inclusion(closed["position"], seal.size, bottom, path) != seal.root:
        raise Wrong("the event does not stand in this seal")
    checkpoint = notes.opened(proof["checkpoint"], trusted)
    path = [_raw(each) for each in proof["path"]]
    top = merkle.root_by_inclusion(seal.seq - 1, checkpoint.size, seal.hash(), path)
    if top != checkpoint.root:
        raise Wrong("the seal does not stand under this checkpoint")
    return checkpoint


def _seal(closed: dict[str, Any]) -> leaf.Closed:
    numbers = {name: int(closed[name]) for name in ("seq", "size", "first", "last", "horizon")}
    return leaf.Closed(
        previous=_raw(closed["previous"]),
        root=_raw(closed["root"]),
        mark=closed["mark"],
        at=dt.datetime.fromisoformat(closed["at"]),
        **numbers,
    )


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="safehand audit check-proof")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", action="append", required=True, help="the log's public key")
    asked = parser.parse_args(words)
    try:
        proof = json.loads(asked.file.read_text(encoding="utf-8"))
        checkpoint = check(proof, [notes.key_of(key) for key in asked.key])
    except (Wrong, ValueError) as fault:
        print(f"WRONG: {fault}")  # noqa: T201 -- a command's own words
        return 1
    print(f"RIGHT: event {proof['event']['number']} stands in the log {checkpoint.origin}")  # noqa: T201 -- a command's own words
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
