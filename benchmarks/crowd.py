"""pgbench: many clients at once that each do one script again and again, and how fast that went."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

CLIENTS = 16
# Of each client: what is asked for the first few times is planned each time.
WARM = 8


@dataclass(frozen=True, slots=True)
class Burst:
    """A second while all clients were busy: transactions in it, and how long one took (ms)."""

    rate: float
    median: float
    slowest: float


def burst(script: str, *, role: str, each: int, clients: int = CLIENTS) -> Burst:
    """`clients` connections do the script `each` times; `:k` counts within a client from 1."""
    with tempfile.TemporaryDirectory() as folder:
        _pgbench(script, role, Path(folder), f"-c{clients}", f"-t{each}", "-l",
                 f"--log-prefix={folder}/log", f"-Deach={each}")  # fmt: skip
        lines = [
            [int(word) for word in line.split()]
            for log in Path(folder).glob("log*")
            for line in log.read_text().splitlines()
        ]
    ends: dict[int, list[tuple[float, float]]] = {}
    for client, _number, took, _script, second, micro in lines:
        ends.setdefault(client, []).append((second + micro / 1e6, took / 1e3))
    rows = [sorted(each) for each in ends.values()]
    begun = max(row[min(WARM, len(row) - 2)][0] for row in rows)
    ended = min(row[-1][0] for row in rows)
    kept = sorted(took for row in rows for at, took in row if begun < at <= ended)
    if not kept:
        raise SystemExit("safehand: the clients were never all busy at once")
    return Burst(len(kept) / (ended - begun), kept[len(kept) // 2], kept[int(len(kept) * 0.99)])


def profile(script: str, *, role: str, each: int) -> list[tuple[float, str]]:
    """What each line of the script took one client on the average, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        told = _pgbench(script, role, Path(folder), "-c1", f"-t{each}", "-r", f"-Deach={each}")
    found = []
    for line in told.partition("statement latencies")[2].splitlines()[1:]:
        took, _, words = line.strip().partition(" ")
        words = words.strip().lstrip("0123456789 ")
        found.append((float(took), words))
    return found


def _pgbench(script: str, role: str, folder: Path, *options: str) -> str:
    told = connection.settings_dict
    path = folder / "script.sql"
    path.write_text("\\set k :k + 1\n\\set n :client_id * :each + :k\n" + script)
    done = subprocess.run(
        [
            os.environ["SAFEHAND_BENCH_PGBENCH"], "-n", "-Mprepared", "-Dk=0", "-j2",
            f"-f{path}", *options, "-h", told["HOST"], "-U", role, told["NAME"],
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"safehand: pgbench: {done.stderr[-1500:]}")
    return done.stdout
