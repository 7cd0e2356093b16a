"""A real worker is killed in the middle of an import: the next goes on, and each row is once."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from cases.models import Case
from demo import builders as make
from exchange import working
from exchange.actions import importing
from exchange.models import ImportJob, Origin
from exchange.workflow import RowState
from launch.environment import ROOT
from tests.exchange.jobs import people, table, work
from tests.notify.test_outage import end, worker_environment

ROWS = 400
PATIENCE = 90


def start_worker() -> "subprocess.Popen[bytes]":
    """As `./safehand run` starts it, with a timetable of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "files", "-P", "solo",
         "-l", "error", "--without-gossip", "--without-mingle", "-B",
         "-s", f"/tmp/beat-files-{os.getpid()}"],
        cwd=ROOT, env=worker_environment(1), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def wait_until(true: Callable[[], bool], what: str, *, patience: float = PATIENCE) -> None:
    late = time.monotonic() + patience
    while not true():
        assert time.monotonic() < late, what
        time.sleep(0.05)


def done(job: ImportJob) -> int:
    return job.rows.filter(state=RowState.DONE).count()


def state(job: ImportJob) -> str:
    return ImportJob.objects.get(pk=job.pk).state


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_no_row_and_writes_none_twice(sender: Member) -> None:
    job = make.make_import(by=sender, content=table(*people(ROWS)))
    work()
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())

    first = start_worker()
    try:
        wait_until(lambda: done(job) >= 20, "the worker never came to the file")
    finally:
        end(first, signal.SIGKILL)
    between = done(job)
    # The lease is not waited for, but ended, as time would end it.
    ImportJob.objects.update(held_until=timezone.now() - dt.timedelta(seconds=1))
    second = start_worker()
    try:
        wait_until(lambda: state(job) == "done", "the second never ended")
    finally:
        end(second, signal.SIGTERM)

    assert 20 <= between < ROWS
    assert done(job) == ROWS
    assert Case.objects.count() == Origin.objects.count() == ROWS
    # Each is a case of its own, with its own reference.
    assert len(set(job.rows.values_list("case", flat=True))) == ROWS
    assert len({bytes(token) for token in references()}) == ROWS


def references() -> list[Any]:
    return list(Origin.objects.values_list("reference", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_look_goes_on_where_the_last_slice_ended(sender: Member) -> None:
    """Slices of no time: each ends after its first two hundred, the last finds nothing left."""
    job = make.make_import(by=sender, content=table(*people(450)))

    looked_at = []
    while state(job) in {"received", "checking"}:
        working._one_import(0.0)
        looked_at.append(job.rows.count())

    assert looked_at == [200, 400, 450, 450]
    assert list(job.rows.order_by("number").values_list("number", flat=True)) == list(
        range(1, 451)
    )
