"""A worker's memory does not grow with the file."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from cases.models import Case
from demo import builders as make
from exchange.actions import importing
from exchange.models import ImportJob
from launch.environment import ROOT
from tests.exchange.jobs import people, table
from tests.exchange.test_killing import done, start_worker, state, wait_until
from tests.notify.test_outage import end, worker_environment

MEGABYTE = 1024
PATIENCE = 900
ROWS = 10_000
# A process of its own, as a worker is one: it looks at the file, and says its peak before and after.
LOOK = """
import resource, sys, django
django.setup()
from edge import wall
wall.start_as(wall.MACHINE)
from exchange import working
from exchange.models import ImportJob
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def look(code):
    while ImportJob.objects.get(code=code).state in {"received", "checking"}:
        working.work(seconds=20)
small, large = sys.argv[1:]
look(small)
before = peak()
look(large)
print(before, peak())
"""


@pytest.mark.django_db(transaction=True)
def test_ten_thousand_cases_take_hardly_more_than_two_hundred(sender: Member) -> None:
    small = make.make_import(by=sender, content=table(*people(200)))
    env: dict[str, Any] = worker_environment(1)
    # The large one comes only when the small one was looked at: the oldest has its turn first.
    large = make.make_import(by=sender, content=table(*people(ROWS, start=1000)))

    said = subprocess.run(
        [sys.executable, "-c", LOOK, small.code, large.code],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=400,
    ).stdout  # fmt: skip

    before, after = map(int, said.split())
    assert large.rows.count() == ROWS
    assert after - before < 40 * MEGABYTE


# Written, a row is a case, which takes longer than a look.
FEW, MANY = 200, 2_000
BAR = re.compile(r'<progress id="progress" max="(\d+)" value="(\d+)">')
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def peak(process: "subprocess.Popen[bytes]") -> int:
    found = PEAK.search(Path(f"/proc/{process.pid}/status").read_text())
    assert found is not None
    return int(found.group(1))


def written(job: ImportJob) -> None:
    wait_until(lambda: state(job) == "checked", "it was never looked at", patience=PATIENCE)
    importing.start(code=job.code, with_doubtful=False, by=job.by, at=timezone.now())
    wait_until(lambda: state(job) == "done", "it was never written", patience=PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_two_thousand_cases_are_written_in_hardly_more_than_two_hundred(
    visiting: Any, sender: Member
) -> None:
    """The queue's own worker; and the page tells at each moment how far it is."""
    small = make.make_import(by=sender, content=table(*people(FEW)))
    visitor = visiting(sender)
    moments: list[tuple[int, int, int, int]] = []

    def tell(job: ImportJob) -> bool:
        """How many were written before and after the page was asked, and what it said."""
        before = done(job)
        page = visitor.see(f"/imports/{job.code}/", {"again": "part"}).content.decode()
        found = BAR.search(page)
        assert found is not None
        moments.append((before, int(found.group(2)), done(job), int(found.group(1))))
        return state(job) == "done"

    worker = start_worker()
    try:
        written(small)
        before = peak(worker)
        large = make.make_import(by=sender, content=table(*people(MANY, start=1000)))
        wait_until(lambda: state(large) == "checked", "never looked at", patience=PATIENCE)
        importing.start(code=large.code, with_doubtful=False, by=sender, at=timezone.now())
        wait_until(lambda: tell(large), "never written", patience=PATIENCE)
        # The last rows may have been written after the page was asked.
        tell(large)
        after = peak(worker)
    finally:
        end(worker, signal.SIGTERM)

    assert Case.objects.count() == FEW + MANY
    assert after - before < 10 * MEGABYTE
    assert [m for m in moments if not m[0] <= m[1] <= m[2] or m[3] != MANY] == []
    assert (len(moments) > 10, moments[-1][1]) == (True, MANY)
