"""A worker's memory does not grow with the file."""

import subprocess
import sys
from typing import Any

import pytest

from agencies.models import Member
from demo import builders as make
from launch.environment import ROOT
from tests.exchange.jobs import people, table
from tests.notify.test_outage import worker_environment

MEGABYTE = 1024
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
