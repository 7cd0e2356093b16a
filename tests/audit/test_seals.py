"""What was written down cannot be changed unseen, not even by the owner of the database."""

import datetime as dt
import io
import json
import random
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import check, log, sealer, tasks
from audit.models import AuditEvent, Leaf, Seal
from config.wall import roles
from tests.audit.attacks import ATTACKER, ATTACKS, attempt, built, run, verdict


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_tampering_is_found_and_its_first_event_named(
    anchored: Path,
) -> None:
    sealed = built(random.Random(7), anchored, seals=9, most=6)
    assert verdict(sealed.anchor) is None

    tried = [attempt(sealed, attack) for attack in ATTACKS for _ in range(4)]

    assert [each for each in tried if each.named != each.expected] == []
    assert verdict(sealed.anchor) is None


def some_events(count: int = 3) -> None:
    with transaction.atomic():
        for n in range(count):
            log.record("denied", by=ATTACKER, about="SH-1", facts={"n": n})


def audit(*words: str) -> str:
    out = io.StringIO()
    call_command("audit", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_sealing_by_number_skips_what_commits_late_and_ours_does_not() -> None:
    """Two connections: the one that took its numbers first commits last."""
    begun, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            log.record("denied", by=ATTACKER, about="slow")
            begun.set()
            go.wait(10)
        connection.close()

    some_events(2)
    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    some_events(2)
    by_number = [event.about for event in AuditEvent.objects.order_by("pk")]
    seen = AuditEvent.objects.latest("pk").pk
    ours = [sealer.seal_all(at=timezone.now())]
    go.set()
    thread.join()
    by_number += [event.about for event in AuditEvent.objects.filter(pk__gt=seen)]
    ours.append(sealer.seal_all(at=timezone.now()))

    sealed = set(Leaf.objects.values_list("number", flat=True))
    assert (by_number.count("slow"), ours) == (0, [1, 1])
    assert sealed == set(AuditEvent.objects.values_list("pk", flat=True))
    assert AuditEvent.objects.filter(about="slow", pk__in=sealed).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_open_writer_holds_the_seal_back_and_the_lag_is_said(caplog: Any) -> None:
    begun, go = threading.Event(), threading.Event()

    def hanging() -> None:
        with transaction.atomic():
            log.record("denied", by=ATTACKER)
            begun.set()
            go.wait(10)
        connection.close()

    thread = threading.Thread(target=hanging)
    thread.start()
    begun.wait(10)
    with time_machine.travel(timezone.now() - dt.timedelta(seconds=45), tick=True):
        some_events(1)
    tasks.seal()
    said = [record.message for record in caplog.records if "has waited" in record.message]
    go.set()
    thread.join()
    tasks.seal()

    assert [line.split()[-2] in {"45", "46", "47"} for line in said] == [True]
    assert sealer.lag(at=timezone.now()) == dt.timedelta()


@pytest.mark.django_db(transaction=True)
def test_a_backlog_goes_in_bounded_batches() -> None:
    some_events(25)

    assert sealer.seal_all(at=timezone.now(), most=10) == 3
    assert [seal.size for seal in Seal.objects.order_by("seq")] == [10, 10, 5]
    assert Leaf.objects.count() == 25


@pytest.mark.django_db(transaction=True)
def test_a_second_sealer_leaves_the_first_alone() -> None:
    some_events(1)
    begun, go, found = threading.Event(), threading.Event(), []

    def first() -> None:
        with transaction.atomic():
            sealer.seal_next(at=timezone.now())
            begun.set()
            go.wait(10)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    begun.wait(10)
    found.append(sealer.seal_next(at=timezone.now()))
    go.set()
    thread.join()

    assert (found, Seal.objects.count()) == ([None], 1)


@pytest.mark.django_db(transaction=True)
def test_a_restored_database_is_adopted_and_goes_on(anchored: Path) -> None:
    """Its rows bear numbers of transactions that the new server has yet to reach."""
    some_events(2)
    sealer.seal_all(at=timezone.now())
    some_events(2)
    with transaction.atomic():
        run("RESET ROLE")
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE audit_auditevent SET xid = xid + 1000000000 WHERE id NOT IN"
            " (SELECT number FROM audit_leaf)")  # fmt: skip
    run("RESET ROLE")
    run(f"SET ROLE {roles.WORKER}")
    assert sealer.seal_all(at=timezone.now()) == 0

    audit("seal", "--adopt-restored")
    some_events(2)

    assert audit("seal") == "1 sealed\n"
    assert [seal.mark for seal in Seal.objects.order_by("seq")] == ["", "restored", ""]
    assert Leaf.objects.count() == 6
    assert verdict(anchored) is None


@pytest.mark.django_db(transaction=True)
def test_an_anchor_that_was_away_is_given_all_that_it_missed(
    anchored: Path, settings: Any, caplog: Any
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(anchored.parent / "not there" / "anchor.jsonl")
    for _ in range(3):
        some_events(1)
        tasks.seal()
    assert [r.message for r in caplog.records] == [
        "audit: anchor file failed: FileNotFoundError"
    ] * 3

    settings.AUDIT_ANCHOR_FILE = str(anchored)
    tasks.seal()

    lines = [json.loads(line) for line in anchored.read_text().splitlines() if line]
    assert [line["seal"] for line in lines] == [1, 2, 3]
    assert audit("verify", "--anchor", str(anchored)).startswith(
        "in order: 3 events in 3 seals"
    )


@pytest.mark.django_db(transaction=True)
def test_the_log_host_is_told_by_syslog(tmp_path: Path, settings: Any) -> None:
    host = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    host.bind(str(tmp_path / "log"))
    host.settimeout(5)
    settings.AUDIT_SYSLOG = f"unix:{tmp_path / 'log'}"
    some_events(1)

    tasks.seal()

    told = host.recv(4096).decode()
    host.close()
    assert told.startswith("<109>1 ")
    assert (
        json.loads(told.partition(" audit-seal - ")[2])["note"] == Seal.objects.get().checkpoint
    )


@pytest.mark.django_db(transaction=True)
def test_the_log_host_is_told_who_did_what_and_never_about_whom(
    tmp_path: Path, settings: Any
) -> None:
    host = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    host.bind(str(tmp_path / "log"))
    host.settimeout(5)
    settings.AUDIT_SYSLOG = f"unix:{tmp_path / 'log'}"
    settings.AUDIT_SYSLOG_EVENTS = True
    some_events(2)
    tasks.seal()
    some_events(1)
    tasks.seal()

    told = [host.recv(4096).decode() for _ in range(5)]
    host.settimeout(0)
    with pytest.raises(BlockingIOError):
        host.recv(4096)
    host.close()

    found = [
        json.loads(line.partition(" audit-event - ")[2]) for line in told if "-event" in line
    ]
    assert found == [
        {
            "number": event.pk,
            "at": event.happened_at.isoformat(),
            "event": event.event,
            "actor": event.actor,
            "agency": event.agency,
            "role": event.role,
            "request": event.request_id,
        }
        for event in AuditEvent.objects.order_by("pk")
    ]


@pytest.mark.django_db(transaction=True)
def test_one_event_is_proven_with_the_public_key_alone(tmp_path: Path) -> None:
    for count in (3, 5, 2):
        some_events(count)
        sealer.seal_all(at=timezone.now())
    for number in AuditEvent.objects.values_list("pk", flat=True):
        proof = json.loads(audit("prove", str(number)))
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(proof))
        assert check.main([str(file), "--key", audit("key").strip()]) == 0
        proof["event"]["actor"] = "somebody else"
        file.write_text(json.dumps(proof))
        assert check.main([str(file), "--key", audit("key").strip()]) == 1


@pytest.mark.django_db(transaction=True)
def test_verifying_needs_no_right_to_write() -> None:
    some_events(3)
    sealer.seal_all(at=timezone.now())
    with transaction.atomic():
        run("SET LOCAL transaction_read_only = on")

        said = audit("verify")

    assert said.startswith("in order: 3 events in 1 seals, 0 not sealed yet")
    assert not AuditEvent.objects.filter(event="audit.verified").exists()
    assert audit("verify", "--since", "1").startswith("in order: 0 events in 0 seals")
    assert AuditEvent.objects.filter(event="audit.verified").exists()


@pytest.mark.parametrize(
    "table", ["audit_seal", "audit_leaf", "audit_anchoring", "audit_cosignature"]
)
def test_seals_are_only_added_to(db: None, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET seal = 1", "RESET ROLE"):
        with pytest.raises(DatabaseError), transaction.atomic():
            run(
                statement.replace(
                    "seal = 1", "seq = 1" if table == "audit_seal" else "seal = 1"
                )
            )
            run(f"DELETE FROM {table}")
