"""A proof of one event: that it stands in the log, unchanged, for whoever has the public key."""

import base64
from typing import Any

from django.db import connection

from audit import keys, ledger
from audit.ledger import Placed, Row, SealRow
from kernel import merkle


def proof_of(number: int) -> dict[str, Any] | None:
    """The event with all that it says, its own key, and the way up to the newest checkpoint.

    None if there is no such event, or none that is sealed yet. Other events are not disclosed:
    their hashes are keyed.
    """
    seal, newest = _seal_of(number), ledger.newest()
    if seal is None or newest is None:
        return None
    places = ledger.placed_in(seal.seq, seal.seq)
    place = next(each for each in places if each.number == number)
    if place.row is None:
        return None
    return {
        "event": _told(place.row),
        "seal": _seal(seal) | {"position": place.position, "path": _path(place, places)},
        "path": _texts(ledger.hashes_of(merkle.inclusion(seal.seq - 1, newest.seq))),
        "checkpoint": newest.checkpoint,
    }


def _told(row: Row) -> dict[str, Any]:
    said = row.said
    key = keys.Leaves().key_for(said, row.leaf)
    return {
        "number": row.number,
        "xid": row.xid,
        "event_id": str(said.event_id),
        "happened_at": said.happened_at.isoformat(),
        "event": said.event,
        "actor": said.actor,
        "agency": said.agency,
        "role": said.role,
        "about": said.about,
        "case": said.case,
        "groups": said.groups,
        "request_id": said.request_id,
        "facts": dict(said.facts),
        "leaf": _text(row.leaf),
        "key": _text(key) if key else None,
    }


def _seal(seal: SealRow) -> dict[str, Any]:
    return {
        "seq": seal.seq,
        "previous": _text(seal.previous),
        "size": seal.size,
        "first": seal.first,
        "last": seal.last,
        "horizon": seal.horizon,
        "root": _text(seal.root),
        "mark": seal.mark,
        "at": seal.at.isoformat(),
    }


def _path(place: Placed, places: list[Placed]) -> list[str]:
    hashes = [each.hash for each in places]
    parts = merkle.inclusion(place.position, len(hashes))
    return _texts([merkle.root_of(hashes[low:high]) for low, high in parts])


def _seal_of(number: int) -> SealRow | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.seal FROM audit_auditevent e JOIN audit_leaf l USING (event_id)"
            " WHERE e.id = %s AND l.number = e.id",
            [number],
        )
        found = cursor.fetchone()
    return ledger.at_size(found[0]) if found else None


def _texts(hashes: list[bytes]) -> list[str]:
    return [_text(each) for each in hashes]


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
