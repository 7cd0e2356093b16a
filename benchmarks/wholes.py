"""A whole request for the case list, in CPU of web server and database together, beside the same request
without permission and row policies, beside the usual way, and beside the least that a server does.

Time would be that of the machine; what a process was given of a core is its own (/proc, in nanoseconds).
"""

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from benchmarks import lists
from demo import builders
from launch.environment import ROOT, any_free_port
from launch.servers import WEB

ROUNDS = 9
# Requests of one kind in a row, and the CPU that they may take together before fewer are made.
MOST, ENOUGH = 60, 1.5
PATIENCE = 30
LIST = "/api/v1/cases/"


@dataclass(frozen=True, slots=True)
class Server:
    """One gunicorn with one worker."""

    port: int
    process: subprocess.Popen[bytes]

    def ask(self, path: str, token: str) -> bytes:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of request, and where it is answered."""

    server: Server
    path: str
    # CPU a request, of the web server and of the database, in milliseconds; one pair a round.
    took: list[tuple[float, float]] = field(default_factory=list)


def measured(_rounds: int) -> dict[str, Any]:
    """For each kind of agency: the median CPU of a request each way, web and database, in milliseconds."""
    database = _postmaster()
    found: dict[str, Any] = {}
    with ExitStack() as running:
        walled = running.enter_context(_serving("config.wsgi", "walled", role=WEB))
        plain = running.enter_context(_serving("config.wsgi", "plain"))
        bare = running.enter_context(_serving("benchmarks.serving.bare", "barest"))
        for asker in lists.askers():
            # guardian goes by the groups of a user; ours by the groups that an agency names.
            asker.member.groups.set(asker.member.principals)
            token = builders.make_token(asker.member)
            keys = ",".join(str(key) for key in lists.keys_of(asker.member))
            ways = {
                "ours": Way(walled, LIST),
                "no_wall": Way(plain, LIST),
                "plain": Way(plain, "/api/v1/bench/plain/"),
                "usual": Way(plain, "/api/v1/bench/usual/"),
                "empty": Way(bare, "/empty/"),
                "raw": Way(bare, f"/raw/?keys={keys}"),
            }
            _in_turns(ways, token, database)
            found[asker.kind] = {name: _shown(way) for name, way in ways.items()}
    return found


def _in_turns(ways: dict[str, Way], token: str, database: int) -> None:
    for way in ways.values():
        way.server.ask(way.path, token)
    for turn in range(ROUNDS + 1):
        for way in ways.values():
            before = _cpu(way.server.process.pid), _cpu(database)
            asked, spent = 0, 0.0
            while asked < MOST and spent < ENOUGH:
                for _ in range(3):
                    way.server.ask(way.path, token)
                asked += 3
                spent = _cpu(way.server.process.pid) + _cpu(database) - sum(before)
            web, behind = _cpu(way.server.process.pid) - before[0], _cpu(database) - before[1]
            # The first round warms what is kept.
            if turn:
                way.took.append((web / asked * 1e3, behind / asked * 1e3))


def _shown(way: Way) -> dict[str, float]:
    sums = sorted(web + database for web, database in way.took)
    quarters = statistics.quantiles(sums, n=4)
    return {
        "median": round(statistics.median(sums), 4),
        "low": round(quarters[0], 4),
        "high": round(quarters[2], 4),
        "web": round(statistics.median(web for web, _ in way.took), 4),
        "database": round(statistics.median(database for _, database in way.took), 4),
    }


@contextmanager
def _serving(module: str, told: str, *, role: str = "") -> Iterator[Server]:
    """A server with these settings, as this role of the database; ended with the block."""
    port = any_free_port()
    address = os.environ["DATABASE_URL"]
    if role:
        url = urlsplit(address)
        where = url.netloc.partition("@")[2]
        address = urlunsplit((url.scheme, f"{role}@{where}", *url[2:]))
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", module, "-b", f"127.0.0.1:{port}", "-w", "1", "--preload",
         "--no-control-socket", "--log-level", "error"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": f"benchmarks.serving.{told}"},
    )  # fmt: skip
    try:
        _await(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            line.connect()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("a server that was to be measured did not start") from None
            time.sleep(0.1)
        else:
            return
        finally:
            line.close()


def _postmaster() -> int:
    """The number of PostgreSQL's first process, of which all others are children."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchone()
    return int(Path(folder, "postmaster.pid").read_text().split()[0])


def _cpu(process: int) -> float:
    """Seconds of a core that a process and its children have been given so far."""
    found = 0
    for task in (process, *_children(process)):
        # One that has just ended is not counted.
        if (path := Path(f"/proc/{task}/schedstat")).exists():
            found += int(path.read_text().split()[0])
    return found / 1e9


def _children(process: int) -> list[int]:
    told = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in told]
