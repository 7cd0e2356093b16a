"""The log's own verbs: seal, verify, prove, key."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from psycopg import IsolationLevel

from audit import anchors, keys, log, outside, prove, sealer
from audit.verify import Found, Tampered, Verifier
from kernel import notes

VERIFIER = log.Machine("verifier")
MAY_WRITE = """
    SELECT has_table_privilege('audit_auditevent', 'INSERT')
       AND NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
"""


class Command(BaseCommand):
    help = "Seal the log, check it, prove one event of it, print its public key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        seal = verbs.add_parser("seal")
        seal.add_argument("--adopt-restored", action="store_true")
        verify = verbs.add_parser("verify")
        verify.add_argument("--since", type=int, default=0, metavar="SEAL")
        verify.add_argument("--key", action="append", default=[], help="a trusted public key")
        verify.add_argument("--anchor", action="append", default=[], type=Path)
        verify.add_argument("--witness", type=Path, help="public keys, one a line")
        proof = verbs.add_parser("prove")
        proof.add_argument("event", type=int)
        verbs.add_parser("key")

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        getattr(self, verb)(**options)

    def seal(self, *, adopt_restored: bool, **_rest: Any) -> None:
        try:
            count = sealer.seal_all(at=timezone.now(), adopt=adopt_restored)
        except sealer.Restored as fault:
            raise CommandError("a restored database: give --adopt-restored") from fault
        failed = anchors.catch_up(at=timezone.now())
        self.stdout.write(f"{count} sealed" + "".join(f", {name} failed" for name in failed))

    def key(self, **_rest: Any) -> None:
        keys.signing_key()
        self.stdout.write(str(keys.public_key()))

    def prove(self, *, event: int, **_rest: Any) -> None:
        proof = prove.proof_of(event)
        if proof is None:
            raise CommandError("no such event, or it is not sealed yet")
        self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=1))

    def verify(
        self,
        *,
        since: int,
        key: list[str],
        anchor: list[Path],
        witness: Path | None,
        **_rest: Any,
    ) -> None:
        own = keys.public_key()
        trusted = [notes.key_of(each) for each in key] or ([own] if own else [])
        if not trusted:
            raise CommandError("give the log's public key with --key")
        witnesses = _keys_in(witness) if witness else []
        try:
            found = _all(Verifier(trusted, since=since), anchor, witnesses)
        except Tampered as wrong:
            _keep("audit.broken", {"code": wrong.code, "seal": wrong.seal, "id": wrong.event})
            self.stdout.write(
                f"BROKEN: {wrong.code}, seal {wrong.seal}, first event {wrong.event}"
            )
            sys.exit(1)
        _keep("audit.verified", {"seals": found.seals, "events": found.events})
        self.stdout.write(
            f"in order: {found.events} events in {found.seals} seals, {found.waiting} not sealed "
            f"yet, {found.checkpoints} anchored and {found.cosignatures} witnessed checkpoints; "
            f"{found.rate} events/s"
        )


@transaction.atomic
def _keep(event: str, facts: dict[str, log.Fact]) -> None:
    """On the record, unless this is a replica or a role that only reads."""
    with connection.cursor() as cursor:
        cursor.execute(MAY_WRITE)
        if cursor.fetchone()[0]:
            log.record(event, by=VERIFIER, facts=facts)


@contextmanager
def _one_moment() -> Iterator[None]:
    """One transaction that sees one moment of the log: the sealer goes on meanwhile."""
    connection.ensure_connection()
    inner, inside = connection.connection, connection.in_atomic_block
    if not inside:
        inner.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with transaction.atomic():
            yield
    finally:
        if not inside:
            inner.isolation_level = None


def _all(verifier: Verifier, anchor: list[Path], witnesses: list[notes.Key]) -> Found:
    with _one_moment():
        return _compared(verifier, anchor, witnesses)


def _compared(verifier: Verifier, anchor: list[Path], witnesses: list[notes.Key]) -> Found:
    found = verifier.walk()
    for path in anchor:
        outside.against_anchor(path, verifier.trusted, found)
    if witnesses:
        outside.against_witnesses(witnesses, found)
    return found


def _keys_in(path: Path) -> list[notes.Key]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [notes.key_of(line) for line in lines if line.strip() and not line.startswith("#")]
