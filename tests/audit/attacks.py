"""What an owner of the database can do to a sealed log, each with the first event that it is about."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.utils import timezone

from audit import anchors, keys, ledger, log, outside, sealer
from audit.ledger import SealRow
from audit.verify import Tampered, Verifier
from kernel import merkle, notes

ATTACKER = log.Machine("attacker")
EVENT = {
    "id": "id + 100000", "xid": "xid + 1", "event_id": "gen_random_uuid()",
    "happened_at": "happened_at - interval '1 microsecond'", "event": "event || 'x'",
    "actor": "actor || 'x'", "agency": "'AG-XXXX'", "role": "role || 'x'", "about": "about || 'x'",
    "case": "'SH-XXXX'", "groups": "groups || '{legal}'::varchar(20)[]", "request_id": "'00'",
    "facts": """facts || '{"n": "1"}'::jsonb""", "leaf": r"set_byte(leaf, 5, 255 - get_byte(leaf, 5))",
}  # fmt: skip
PLACE = {
    "event_id": "gen_random_uuid()", "number": "number + 1", "seal": "seal + 100000",
    "position": "position + 100000", "hash": "set_byte(hash, 3, 255 - get_byte(hash, 3))",
}  # fmt: skip
SEAL = {
    "seq": "seq + 100000", "previous": "set_byte(previous, 3, 255 - get_byte(previous, 3))",
    "size": "size + 1", "first": "first + 1", "last": "last + 1", "horizon": "horizon - 1",
    "root": "set_byte(root, 3, 255 - get_byte(root, 3))", "mark": "'restored'",
    "at": "at - interval '1 second'", "nodes": "set_byte(nodes, 3, 255 - get_byte(nodes, 3))",
    "checkpoint": "replace(checkpoint, E'\\n\\n', E'\\nmore\\n\\n')",
}  # fmt: skip


def run(statement: str, values: Any = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall()) if cursor.description else []


@dataclass(slots=True)
class Log:
    """The sealed log under attack: its events by seal, and the anchor beside it."""

    dice: random.Random
    anchor: Path
    seals: dict[int, list[int]]

    def event(self) -> int:
        return self.dice.choice([number for each in self.seals.values() for number in each])

    def seal(self) -> int:
        return self.dice.choice(list(self.seals))

    def two_seals(self) -> list[int]:
        return sorted(self.dice.sample(list(self.seals), 2))


def built(dice: random.Random, anchor: Path, *, seals: int, most: int) -> Log:
    """A log of so many seals, each of a random size, every one anchored."""
    sizes = {}
    for seq in range(1, seals + 1):
        with transaction.atomic():
            for _ in range(dice.randint(2, most)):
                some: dict[str, log.Fact] = {
                    "n": dice.randint(0, 9),
                    "code": "x",
                    "ok": True,
                    "none": None,
                }
                log.record("denied", by=ATTACKER, about="SH-2", case="SH-1", groups=["identity"],
                           facts=some)  # fmt: skip
        assert sealer.seal_all(at=timezone.now()) == 1
        sizes[seq] = [row.number for row in ledger.placed_in(seq, seq)]
    assert anchors.catch_up(at=timezone.now()) == []
    return Log(dice, anchor, sizes)


def edit_event(log_: Log) -> int:
    number, (column, value) = log_.event(), log_.dice.choice(list(EVENT.items()))
    run(f'UPDATE audit_auditevent SET "{column}" = {value} WHERE id = %s', [number])
    return number


def edit_place(log_: Log) -> int:
    number, (column, value) = log_.event(), log_.dice.choice(list(PLACE.items()))
    run(f"UPDATE audit_leaf SET {column} = {value} WHERE number = %s", [number])
    return number


def edit_seal(log_: Log) -> int:
    seq, (column, value) = log_.seal(), log_.dice.choice(list(SEAL.items()))
    run(f'UPDATE audit_seal SET "{column}" = {value} WHERE seq = %s', [seq])
    return log_.seals[seq][0]


def delete_event(log_: Log) -> int:
    number = log_.event()
    run("DELETE FROM audit_auditevent WHERE id = %s", [number])
    if log_.dice.random() < 0.6:
        found = "DELETE FROM audit_leaf WHERE number = %s RETURNING seal, position"
        ((seal, place),) = run(found, [number])
        if log_.dice.random() < 0.5:
            # One after the other: the places are unique.
            for later in range(place + 1, len(log_.seals[seal])):
                run("UPDATE audit_leaf SET position = position - 1 WHERE seal = %s AND position = %s",
                    [seal, later])  # fmt: skip
            run("UPDATE audit_seal SET size = size - 1 WHERE seq = %s", [seal])
    return number


def insert_event(log_: Log) -> int:
    copied = (
        "INSERT INTO audit_auditevent (event_id, xid, happened_at, event, actor, agency, role, about,"
        ' "case", groups, request_id, facts, leaf) SELECT gen_random_uuid(), xid, happened_at, event,'
        ' actor, agency, role, about, "case", groups, request_id, facts, leaf'
        " FROM audit_auditevent WHERE id = %s RETURNING id, event_id"
    )
    ((number, event_id),) = run(copied, [log_.event()])
    if log_.dice.random() < 0.5:
        seal = log_.seal()
        run("INSERT INTO audit_leaf (event_id, number, seal, position, hash) VALUES (%s, %s, %s, %s, %s)",
            [event_id, number, seal, len(log_.seals[seal]), b"x" * 32])  # fmt: skip
    return int(number)


def reorder_events(log_: Log) -> int:
    events = log_.seals[log_.seal()]
    one, other = sorted(log_.dice.sample(events, 2))
    table, column, by = log_.dice.choice(
        [("audit_auditevent", "id", "id"), ("audit_leaf", "position", "number")]
    )
    ((mine,),) = run(f"SELECT {column} FROM {table} WHERE {by} = %s", [one])
    ((theirs,),) = run(f"SELECT {column} FROM {table} WHERE {by} = %s", [other])
    run(f"UPDATE {table} SET {column} = -1 WHERE {column} = %s AND {by} = %s", [mine, one])
    run(f"UPDATE {table} SET {column} = %s WHERE {by} = %s", [mine, other])
    run(f"UPDATE {table} SET {column} = %s WHERE {column} = -1", [theirs])
    return one


def truncate_tail(log_: Log) -> int:
    seq = log_.dice.randint(2, len(log_.seals))
    run("DELETE FROM audit_auditevent WHERE id >= %s", [log_.seals[seq][0]])
    run("DELETE FROM audit_leaf WHERE seal >= %s", [seq])
    run("DELETE FROM audit_seal WHERE seq >= %s", [seq])
    return log_.seals[seq][0]


def roll_back(log_: Log) -> int:
    """An earlier state is put back, and the service goes on from there with its own keys."""
    lost = truncate_tail(log_)
    log.record("denied", by=ATTACKER)
    # All in one transaction here, so what is visible stands for what is complete.
    while sealer.seal_next(at=timezone.now(), adopt=True):
        pass
    return lost


def swap_seals(log_: Log) -> int:
    one, other = log_.two_seals()
    for old, new in ((one, -1), (other, one), (-1, other)):
        run("UPDATE audit_seal SET seq = %s WHERE seq = %s", [new, old])
    return log_.seals[one][0]


def forge_seal(log_: Log) -> int:
    """Take one event out and build everything after it anew, with a key of one's own."""
    seq = log_.seal()
    gone = log_.dice.choice(log_.seals[seq][1:])
    run("DELETE FROM audit_auditevent WHERE id = %s", [gone])
    run("DELETE FROM audit_leaf WHERE number = %s", [gone])
    for place, number in enumerate(each for each in log_.seals[seq] if each != gone):
        run("UPDATE audit_leaf SET position = %s WHERE number = %s", [place, number])
    _rebuild(seq, Ed25519PrivateKey.generate())
    return log_.seals[seq][0]


def _rebuild(seq: int, secret: Ed25519PrivateKey) -> None:
    before, tree = ledger.at_size(seq - 1), ledger.tree_at(seq - 1)
    for seal in ledger.seals_after(seq - 1):
        places = ledger.placed_in(seal.seq, seal.seq)
        numbers = [each.number for each in places]
        made = replace(
            seal, previous=before.hash() if before else ledger.FIRST, size=len(places),
            root=merkle.root_of([each.hash for each in places]), first=min(numbers),
            last=max(numbers),
        )  # fmt: skip
        nodes = b"".join(tree.add(made.hash()))
        origin = notes.read(seal.checkpoint).origin
        note = notes.sign(notes.Checkpoint(origin, tree.size, tree.root()), secret)
        before = replace(made, nodes=nodes, checkpoint=note)
        _store(before)


def _store(seal: SealRow) -> None:
    run("DELETE FROM audit_seal WHERE seq = %s", [seal.seq])
    seal.stored().save(force_insert=True)


def replay_checkpoint(log_: Log) -> int:
    one, other = log_.two_seals()
    run("UPDATE audit_seal SET checkpoint = (SELECT checkpoint FROM audit_seal WHERE seq = %s)"
        " WHERE seq = %s", [one, other])  # fmt: skip
    return log_.seals[other][0]


ATTACKS: dict[str, Callable[[Log], int]] = {
    "edit an event": edit_event,
    "edit a place": edit_place,
    "edit a seal": edit_seal,
    "delete an event": delete_event,
    "insert an event": insert_event,
    "reorder two events": reorder_events,
    "truncate the tail": truncate_tail,
    "roll back to an earlier state": roll_back,
    "swap two seals": swap_seals,
    "forge a seal without the key": forge_seal,
    "replay an old checkpoint": replay_checkpoint,
}


def verdict(anchor: Path) -> int | None:
    """The number of the first event that the verifier names, or None if it finds all in order."""
    key = keys.public_key()
    assert key is not None
    try:
        verifier = Verifier([key])
        outside.against_anchor(anchor, [key], verifier.walk())
    except Tampered as wrong:
        return wrong.event
    return None


@dataclass(slots=True)
class Tried:
    """One attack, made as the owner with triggers off and then undone."""

    attack: str
    expected: int
    named: int | None


def attempt(log_: Log, attack: str) -> Tried:
    with transaction.atomic():
        run("RESET ROLE")
        run("SET LOCAL session_replication_role = replica")
        expected = ATTACKS[attack](log_)
        named = verdict(log_.anchor)
        transaction.set_rollback(True)
    return Tried(attack, expected, named)
