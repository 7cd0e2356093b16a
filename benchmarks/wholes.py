"""A whole request for the case list, in CPU of web server and database together, beside the same request
without permission and row policies, beside the usual way, and beside the least that a server does.

Time would be that of the machine; what a process was given of a core is its own (/proc, in nanoseconds).
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks import lists
from benchmarks.measure import spread
from benchmarks.running import Server, cpu, serving
from demo import builders
from launch.servers import WEB

ROUNDS = 9
# Requests of one kind in a row, and the CPU that they may take together before fewer are made.
MOST, ENOUGH = 60, 1.5
LIST = "/api/v1/cases/"


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of request, and where it is answered."""

    server: Server
    path: str
    # CPU a request, of the web server and of the database, in seconds; one pair a round.
    took: list[tuple[float, float]] = field(default_factory=list)


def measured(_rounds: int) -> dict[str, Any]:
    """For each kind of agency: the median CPU of a request each way, web and database, in milliseconds."""
    database = _postmaster()
    found: dict[str, Any] = {}
    with ExitStack() as running:
        walled = running.enter_context(serving("config.wsgi", "walled", role=WEB))
        plain = running.enter_context(serving("config.wsgi", "plain"))
        bare = running.enter_context(serving("benchmarks.serving.bare", "barest"))
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
            before = cpu(way.server.process.pid), cpu(database)
            asked, spent = 0, 0.0
            while asked < MOST and spent < ENOUGH:
                for _ in range(3):
                    way.server.ask(way.path, token)
                asked += 3
                spent = cpu(way.server.process.pid) + cpu(database) - sum(before)
            web, behind = cpu(way.server.process.pid) - before[0], cpu(database) - before[1]
            # The first round warms what is kept.
            if turn:
                way.took.append((web / asked, behind / asked))


def _shown(way: Way) -> dict[str, float]:
    web, database = zip(*way.took, strict=True)
    return spread([sum(pair) for pair in way.took]).shown() | {
        "web": spread(list(web)).shown()["median"],
        "database": spread(list(database)).shown()["median"],
    }


def _postmaster() -> int:
    """The number of PostgreSQL's first process, of which all others are children."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchone()
    return int(Path(folder, "postmaster.pid").read_text().split()[0])
