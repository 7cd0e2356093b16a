"""The log against what others keep of it: anchors, and the words of witnesses."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from audit import ledger
from audit.ledger import SealRow
from audit.verify import Found, Tampered
from kernel import notes

AT_ONCE = 500


def against_anchor(path: Path, trusted: list[notes.Key], found: Found) -> None:
    """Each checkpoint of the file must be one of the log's. Raises Tampered.

    The file is an anchor's, or the state of a witness: a line of JSON for each checkpoint.
    """
    with path.open(encoding="utf-8") as file:
        for lines in _in_parts(file):
            told = [each for line in lines if (each := _read(line))]
            stored = _seals([int(each["seal"]) for each in told])
            for each in told:
                _same(each, stored.get(int(each["seal"])), trusted)
                found.checkpoints += 1


def against_witnesses(known: list[notes.Key], found: Found) -> None:
    """Each word of these witnesses must be about a checkpoint of the log, and each of them must
    have spoken. Raises Tampered."""
    silent = {str(key) for key in known}
    for key in known:
        for seal, line in _words_of(str(key)):
            if seal is None or not notes.is_signed(seal.checkpoint, line, key):
                raise Tampered("not_witnessed", seal=seal.seq if seal else 0)
            silent.discard(str(key))
            found.cosignatures += 1
    if silent:
        raise Tampered("witness_silent")


def _read(line: str) -> dict[str, Any]:
    """A line that a full disk has torn says nothing; it was written again after it."""
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return told


def _same(told: dict[str, Any], seal: SealRow | None, trusted: list[notes.Key]) -> None:
    note, first = str(told["note"]), int(str(told.get("first", 0)))
    try:
        anchored = notes.opened(note, trusted)
    except notes.NotSigned as fault:
        raise Tampered("anchor_not_signed", event=first) from fault
    if seal is None:
        raise Tampered("tail_missing", seal=anchored.size, event=first)
    if notes.read(seal.checkpoint) != anchored:
        raise Tampered("rewritten", seal=anchored.size, event=first)


def _seals(sizes: list[int]) -> dict[int, SealRow]:
    low, high = min(sizes, default=1), max(sizes, default=0)
    found: dict[int, SealRow] = {}
    start = low - 1
    while start < high and (part := ledger.seals_after(start)):
        found |= {seal.seq: seal for seal in part}
        start = part[-1].seq
    return found


def _words_of(key: str) -> Iterator[tuple[SealRow | None, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seal, line FROM audit_cosignature WHERE key = %s ORDER BY seal", [key]
        )
        words = cursor.fetchall()
    for size, line in words:
        yield ledger.at_size(size), line


def _in_parts(lines: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for line in lines:
        part.append(line)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part
