"""Two hundred attacks by the owner of the database: `./safehand test tests/audit/tampering.py`.

No test of the suite (tests/audit/test_seals.py has a shorter one). It prints its figures as a line
of JSON and, with `--json FILE`, keeps them there.
"""

import json
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit import keys, ledger, log, sealer
from audit.models import AuditEvent, Leaf
from audit.verify import Verifier
from tests.audit.attacks import ATTACKER, ATTACKS, attempt, built, run, verdict
from tests.figures import keep

pytestmark = pytest.mark.django_db(transaction=True)
TRIES, SEED = 200, 20_261_125
INSERTS, MANY, ROUNDS = 1000, 20_000, 40


@pytest.fixture(scope="module")
def figures(request: Any) -> Iterator[dict[str, Any]]:
    found: dict[str, Any] = {}
    yield found
    line = json.dumps(found)
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{line}")  # noqa: T201 -- the figures are what this is for
    for name, held in found.items():
        keep(name, **{key: each for key, each in held.items() if not isinstance(each, dict)})
    if path := request.config.getoption("--json"):
        Path(path).write_text(line + "\n", encoding="utf-8")


def test_every_attack_is_found(anchored: Path, figures: dict[str, Any]) -> None:
    dice = random.Random(SEED)
    sealed = built(dice, anchored, seals=40, most=12)
    kinds = [list(ATTACKS)[n % len(ATTACKS)] for n in range(TRIES)]

    tried = [attempt(sealed, kind) for kind in kinds]

    found = [each for each in tried if each.named is not None]
    right = [each for each in tried if each.named == each.expected]
    figures["tampering"] = {
        "tried": len(tried), "found": len(found), "first_event_right": len(right),
        "by_kind": Counter(each.attack for each in right), "seed": SEED,
    }  # fmt: skip
    assert (len(found), len(right)) == (TRIES, TRIES), [
        each for each in tried if each.named != each.expected
    ]
    assert verdict(anchored) is None


def test_a_race_loses_nothing_to_our_sealer(figures: dict[str, Any]) -> None:
    """Writers whose transactions last unequally long, against "all above the last number"."""
    stop = threading.Event()

    def writer(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(ROUNDS):
            with transaction.atomic():
                log.record("denied", by=ATTACKER)
                time.sleep(dice.random() * 0.02)
        connection.close()

    by_number: set[int] = set()
    writers = [threading.Thread(target=writer, args=(n,)) for n in range(4)]
    for each in writers:
        each.start()
    while not stop.is_set():
        if not any(each.is_alive() for each in writers):
            stop.set()
        last = max(by_number, default=0)
        by_number |= set(AuditEvent.objects.filter(pk__gt=last).values_list("pk", flat=True))
        sealer.seal_all(at=timezone.now())
    sealer.seal_all(at=timezone.now())

    there = set(AuditEvent.objects.values_list("pk", flat=True))
    ours = set(Leaf.objects.values_list("number", flat=True))
    figures["race"] = {
        "events": len(there), "missed_by_number": len(there - by_number),
        "missed_by_ours": len(there - ours),
    }  # fmt: skip
    assert there - by_number, "the naive sealer missed nothing: this was no race"
    assert there - ours == set()


def test_what_a_leaf_costs(figures: dict[str, Any]) -> None:
    """The same insert with and without a leaf, in turns; each a transaction of its own."""
    bare = log.INSERT.replace("%s::jsonb, %s)", r"%s::jsonb, '\x00')")
    assert bare != log.INSERT
    took: dict[str, list[float]] = {"with": [], "without": []}
    for n in range(INSERTS * 2):
        kind = "with" if n % 2 else "without"
        begun = time.perf_counter()
        with transaction.atomic():
            if kind == "with":
                log.record("read", by=ATTACKER, about="SH-1", case="SH-1", groups=["identity"])
            else:
                _without(bare)
        took[kind].append((time.perf_counter() - begun) * 1000)

    with_, without = (statistics.median(took[kind]) for kind in ("with", "without"))
    figures["insert_ms"] = {
        "with_leaf": round(with_, 3), "without": round(without, 3),
        "more_ms": round(with_ - without, 3), "ratio": round(with_ / without, 3),
    }  # fmt: skip
    assert with_ - without <= 3


def _without(statement: str) -> None:
    said = log.said_of("read", by=ATTACKER, about="SH-1", case="SH-1", groups=["identity"])
    with connection.cursor() as cursor:
        cursor.execute(statement, log.columns_of(said))


def test_how_fast_it_seals_and_verifies(figures: dict[str, Any]) -> None:
    for _ in range(MANY // 1000):
        with transaction.atomic():
            for _ in range(1000):
                log.record("read", by=ATTACKER, about="SH-1", case="SH-1", groups=["identity"])
    begun = time.perf_counter()
    sealer.seal_all(at=timezone.now(), rounds=MANY)
    sealed = time.perf_counter() - begun
    key = keys.public_key()
    assert key is not None
    found = Verifier([key]).walk()
    newest = ledger.newest()
    assert newest is not None
    ((size,),) = run("SELECT pg_total_relation_size('audit_auditevent')"
                     " + pg_total_relation_size('audit_leaf') + pg_total_relation_size('audit_seal')")  # fmt: skip

    figures["speed"] = {
        "events": found.events, "sealed_per_s": round(MANY / sealed), "verified_per_s": found.rate,
        "bytes_per_event": round(size / MANY),
    }  # fmt: skip
    assert found.events == MANY
