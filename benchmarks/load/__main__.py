"""`./safehand load`: inside the service that it has started. Not to be run by hand."""

import argparse
import json
import os
import platform
import random
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from benchmarks.load import playing, report, who  # noqa: E402 -- after Django knows its settings
from benchmarks.load.tally import Tallies  # noqa: E402
from benchmarks.load.watching import Processes, Queues, worked_off  # noqa: E402
from edge import wall  # noqa: E402

HOST = "127.0.0.1"
# Seconds.
PATIENCE = 300.0


def main(words: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="./safehand load")
    asked.add_argument("--cases", type=int, required=True)
    asked.add_argument("--members", type=int, required=True)
    asked.add_argument("--minutes", type=float, required=True)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--watch", action="append", default=[], help="NAME=PID")
    options = asked.parse_args(words)
    wall.start_as(wall.MACHINE)
    if not worked_off(PATIENCE):
        say("What an earlier run left is not worked off: notices or seals do not go on.")
        return 1
    workers = who.prepared(options.members, random.Random(f"{options.seed} members"))
    say(f"{len(workers)} members work for {options.minutes:g} minutes")
    found = measured(workers, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    for line in [*report.table(found), "", *report.rest(found)]:
        say(line)
    for what, well in report.held(found).items():
        say(f"{'✓' if well else '✗'} {what}")
    say(f"written: {options.out}")
    return 0 if all(report.held(found).values()) else 1


def measured(workers: list[who.Worker], options: argparse.Namespace) -> dict[str, Any]:
    watched = (each.split("=") for each in options.watch)
    queues, tallies = Queues(), Tallies()
    processes = Processes({name: int(pid) for name, pid in watched})
    processes.begin()
    queues.begin()
    begun, own = time.monotonic(), time.process_time()
    until = begun + options.minutes * 60
    playing.at_work(
        workers, playing.Work(HOST, options.port, until, tallies), seed=options.seed
    )
    passed, own = time.monotonic() - begun, time.process_time() - own
    used, cores = processes.shown(), processes.whole()
    queues.finish()
    whole = tallies.whole().shown()
    return {
        "cases": options.cases, "members": len(workers), "minutes": options.minutes,
        "seed": options.seed,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "acts": {name: tallies.by_act[name].shown() for name in sorted(tallies.by_act)},
        "all": whole,
        "requests_per_second": round(whole["count"] / passed, 2),
        "ratio": round(whole["p99"] / whole["p50"], 2) if whole["p50"] else 0.0,
        "statuses": dict(tallies.statuses), "told": dict(tallies.told),
        "queues": queues.shown(), "processes": used, "machine_cores": cores, "client_cores": round(own / passed, 3),
    }  # fmt: skip


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the terminal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
