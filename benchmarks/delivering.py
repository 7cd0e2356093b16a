"""Notices from the outbox to a mail server that takes all and does nothing, each recorded as delivered:
by the relay as it is, and by one task for each; beside tasks that do nothing on the same worker.

The worker is a real one with two processes. Mail is built as ever, and handed to Django's own backend
that drops it: what a mail server takes is not measured here.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.utils import timezone

from agencies.models import Member
from benchmarks import tasks
from benchmarks.traces import line, one, swept, untouched
from config.celery import app
from edge import wall
from launch.servers import OWNER, WORKER
from notify import delivery
from notify.models import Delivery, Event
from notify.tasks import relay

NOTHINGS, NOTICES, ROUNDS, RELAYS = 1_000, 1_600, 3, 2
PATIENCE = 120
# As the service starts it, with the tasks of this measurement besides.
OURS = ("-Ibenchmarks.tasks", "-Pprefork", "-c2", "--without-heartbeat")
WRITTEN = ("notify_delivery", "notify_event")


def measured(_rounds: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {"nothing": [], "one_by_one": [], "batched": []}
    with line() as db, working(tasks.nothing, *OURS, settings="benchmarks.quiet") as worker:
        for _ in range(ROUNDS):
            rates["nothing"].append(_nothings(worker))
            rates["one_by_one"].append(
                _delivered(db, worker, NOTICES // 4, [tasks.one] * (NOTICES // 4))
            )
            rates["batched"].append(_delivered(db, worker, NOTICES, [relay] * RELAYS))
    found: dict[str, Any] = {name: round(median(each)) for name, each in rates.items()}
    return found | {
        "batch": delivery.BATCH,
        "batched_ratio": round(found["batched"] / found["nothing"], 2),
        "one_by_one_ratio": round(found["one_by_one"] / found["nothing"], 2),
    }


@contextmanager
def working(
    first: Any, *words: str, app: str = "config.celery", settings: str = "config.settings"
) -> Iterator[int]:
    """A worker, once it has done a first task; ended with the block."""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings,
        "DATABASE_URL": os.environ["DATABASE_URL"].replace(f"//{OWNER}@", f"//{WORKER}@"),
        "MALLOC_ARENA_MAX": "2",
    }
    flushed()
    with tempfile.TemporaryFile() as log:
        worker = subprocess.Popen(
            [
                sys.executable, "-m", "celery", "-A", app, "worker", "-lERROR", "--without-gossip",
                "--without-mingle", *words,
            ],
            env=env, cwd=Path(__file__).parents[1], stdout=log, stderr=log,
        )  # fmt: skip
        try:
            ask([first])
            until(lambda: not waiting())
            yield worker.pid
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(PATIENCE)


def _nothings(worker: int) -> float:
    """Tasks a second that are done, of what has been put down before."""
    with _held_up(worker):
        ask([tasks.nothing] * NOTHINGS)
    return _drained(NOTHINGS, lambda: NOTHINGS - waiting())


def _delivered(
    db: psycopg.Connection[Any], worker: int, wanted: int, asked: list[Any]
) -> float:
    """Deliveries a second, from the first until all are written down as done."""
    with untouched(db, WRITTEN):
        last = one(db, "SELECT coalesce(max(id), 0) FROM notify_delivery")
        db.commit()
        _tell(wanted)
        swept(db, WRITTEN)
        with _held_up(worker):
            ask(asked)

        def done() -> int:
            words = "SELECT count(*) FROM notify_delivery WHERE id > %s AND state = 'done'"
            found: int = one(db, words, [last])
            db.commit()
            return found

        return _drained(wanted, done)


@contextmanager
def _held_up(worker: int) -> Iterator[None]:
    """The worker takes nothing meanwhile."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def ask(wanted: list[Any]) -> None:
    with app.producer_pool.acquire() as producer:
        for task in wanted:
            task.apply_async(producer=producer)


def _drained(wanted: int, done: Callable[[], int]) -> float:
    until(lambda: done() > 0)
    begun, first = time.perf_counter(), done()
    until(lambda: done() >= wanted)
    return (wanted - first) / (time.perf_counter() - begun)


def _tell(wanted: int) -> None:
    """So many mails that wait."""
    at = timezone.now()
    member = Member.objects.filter(is_active=True).order_by("pk")[:50]
    members = list(member)
    Member.objects.filter(pk__in=[each.pk for each in members]).update(
        email="told@bench.invalid"
    )
    with wall.acting(wall.NOBODY):
        events = Event.objects.bulk_create(
            (Event(kind="referral.sent", subject="RF-BENCH", happened_at=at) for _ in range(wanted)),
            batch_size=1_000,
        )  # fmt: skip
        Delivery.objects.bulk_create(
            (
                Delivery(event=event, member=members[n % 50], channel="email", next_at=at)
                for n, event in enumerate(events)
            ),
            batch_size=1_000,
        )


def waiting() -> int:
    """Messages that nobody has finished."""
    server, prefix = _server(), settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    return int(server.llen(f"{prefix}celery")) + int(server.hlen(f"{prefix}unacked"))


def flushed() -> None:
    """Whatever an earlier run has left in the queue is gone."""
    _server().flushdb()


def _server() -> redis.Redis:
    path = settings.CELERY_BROKER_URL.removeprefix("redis+socket://").partition("?")[0]
    return redis.Redis(unix_socket_path=path)


def until(well: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not well():
        if time.monotonic() > end:
            raise SystemExit("safehand: the worker did not get through in time")
        time.sleep(0.02)
