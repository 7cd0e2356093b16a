"""`./safehand bench`: a database of its own, as many made-up cases as wanted, and what lists cost there."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from launch import environment
from launch.environment import ROOT, Installation
from launch.run import say
from launch.servers import AlreadyRunning, Servers

# For a machine of 24 GiB.
SETTINGS = {
    "shared_buffers": "6GB", "effective_cache_size": "14GB", "work_mem": "16MB",
    "random_page_cost": "1.1", "max_parallel_workers_per_gather": "0", "max_wal_size": "8GB",
    "wal_compression": "on",
}  # fmt: skip
FOLDER = ROOT / "docs" / "performance"


def bench(words: list[str]) -> int:
    """Fill what is missing, measure, and write docs/performance/CASES.json. 1 if there is no room."""
    asked = argparse.ArgumentParser(prog="./safehand bench")
    asked.add_argument("--cases", type=int, default=10_000, help="10000, 100000 or 1000000")
    asked.add_argument("--rounds", type=int, default=60)
    asked.add_argument("--out", type=Path)
    asked.add_argument("--gate", action="store_true", help="only judge the plans, for .ci/run")
    asked.add_argument("--only", default="", help="only these parts, as in sending,sealing")
    options = asked.parse_args(words)
    state = folder_of(options.cases)
    servers = Servers(state, throw_away=False)
    try:
        servers.lock()
    except AlreadyRunning as running:
        say(f"safehand: already measuring there (pid {running})")
        return 3
    try:
        servers.start_postgres(**SETTINGS)
        servers.start_valkey()
        what = environment.installation(servers, port=0, mail_port=1)
        more = {"SAFEHAND_BENCH_PGBENCH": str(servers.program("pgbench"))}
        for command in ("migrate", "roles"):
            done = subprocess.run(
                [sys.executable, "manage.py", command, "-v0"],
                cwd=ROOT, env=what.owner, check=False,
            )  # fmt: skip
            if done.returncode:
                return done.returncode
        out = options.out or FOLDER / f"{options.cases}.json"
        return measured(
            what, "--cases", options.cases, "--rounds", options.rounds, "--out", out.resolve(),
            "--only", options.only, *(["--gate"] if options.gate else []), more=more,
        )  # fmt: skip
    finally:
        servers.children.stop()
        servers.forget()


def folder_of(cases: int) -> Path:
    """The state folder of the land of this size."""
    return environment.state_folder() / f"bench-{cases}"


def measured(
    what: Installation,
    *words: object,
    module: str = "benchmarks",
    more: Mapping[str, str] | None = None,
) -> int:
    """Run what measures, as the owner of the tables; its words go to the terminal."""
    env = what.owner | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SAFEHAND_BENCH_STATE": str(what.state),
        **(more or {}),
    }
    command = [sys.executable, "-m", module, *(str(word) for word in words)]
    return subprocess.run(command, cwd=ROOT, env=os.environ | env, check=False).returncode
