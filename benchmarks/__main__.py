"""`./safehand bench`: inside the environment that it has prepared. Not to be run by hand."""

import argparse
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django

django.setup()

import psycopg  # noqa: E402 -- after Django knows its settings
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import (  # noqa: E402
    beginning,
    counting,
    delivering,
    duplicates,
    gate,
    importing,
    lists,
    memory,
    practising,
    reading,
    report,
    sealing,
    sending,
    shape,
    wholes,
)
from benchmarks.fill import BYTES_A_CASE, CHUNK, Filling  # noqa: E402
from benchmarks.measure import Spread, explained, in_turns, undone  # noqa: E402
from edge import wall  # noqa: E402


def main(words: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="./safehand bench")
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--rounds", type=int, default=60)
    asked.add_argument("--out", type=Path)
    asked.add_argument("--gate", action="store_true")
    asked.add_argument("--fill-only", action="store_true")
    asked.add_argument("--only", default="")
    options = asked.parse_args(words)
    wall.start_as(wall.NOBODY)
    land = shape.Land(options.cases, options.seed)
    with open_line() as db:
        if not is_full(db, land):
            if not has_room(land):
                return 1
            Filling(db, land, say)()
        if options.fill_only:
            beginning.begin_log(at=timezone.now())
            return 0
        if options.gate:
            well = gate.held(db, cases=land.cases, say=say)
            say(f"{land.cases:,} cases: the plans {'hold' if well else 'do not hold'}")
            return 0 if well else 1
    # What is not measured this time stays as it was found.
    found: dict[str, Any] = json.loads(options.out.read_text()) if options.out.exists() else {}
    found |= {
        "cases": land.cases, "seed": land.seed, "rounds": options.rounds,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }  # fmt: skip
    wanted = options.only.split(",") if options.only else list(PARTS)
    for name in wanted:
        say(f"{name} ..")
        found[name] = PARTS[name](options.rounds)
        # After each, so that a fault in the next takes none of it away.
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    report.write()
    say(f"written: {options.out} and {report.PAGE}")
    return 0


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the terminal


def open_line() -> psycopg.Connection[Any]:
    """A connection of the owner's that is not Django's, and prepares from the first time."""
    told = connection.settings_dict
    return psycopg.connect(
        host=told["HOST"], user=told["USER"], dbname=told["NAME"], prepare_threshold=0
    )


def is_full(db: psycopg.Connection[Any], land: shape.Land) -> bool:
    there = db.execute("SELECT to_regclass('bench.done') IS NOT NULL").fetchone()
    if there != (True,):
        return False
    left = db.execute("SELECT count(*) FROM bench.later").fetchone()
    done = db.execute("SELECT count(*) FROM bench.done").fetchone()
    db.rollback()
    # By the chunks and not by the cases: a land that people have worked in holds more of them.
    return done == (len(range(0, land.cases, CHUNK)),) and left == (0,)


def has_room(land: shape.Land) -> bool:
    wanted = land.cases * BYTES_A_CASE
    free = shutil.disk_usage(os.environ["SAFEHAND_BENCH_STATE"]).free
    say(f"this wants {wanted / 1e9:,.1f} GB of disk; {free / 1e9:,.1f} GB are free")
    return free > wanted * 1.2


def measured_lists(rounds: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with open_line() as db, open_line() as walled:
        for asker in lists.askers():
            begun = time.monotonic()
            found[asker.kind] = one_asker(db, walled, asker, rounds)
            say(f"{asker.kind}: {time.monotonic() - begun:.0f} s")
    return found


def one_asker(
    db: psycopg.Connection[Any],
    walled: psycopg.Connection[Any],
    asker: lists.Asker,
    rounds: int,
) -> dict[str, Any]:
    questions = {name: way(asker.member) for name, way in lists.WAYS.items()}
    for name in (*lists.CUTS, "worker"):
        wanted = lists.cut(name, asker.member)
        questions[f"cut_{name}"] = lists.ours(asker.member, wanted=wanted)
        questions[f"cut_{name}_same_rows"] = lists.same_rows(asker.member, wanted=wanted)
    questions |= lists.one(asker.member)
    questions["page_2000"] = lists.question("page_2000", asker.member)
    inside = {name: way(asker.member) for name, way in lists.WALLED.items()}

    def plain(question: lists.Question) -> None:
        db.execute(*question).fetchall()

    def behind_the_wall(question: lists.Question) -> None:
        walled.execute(*question).fetchall()

    deeds: dict[str, Callable[[], Any]] = {
        name: partial(plain, question) for name, question in questions.items()
    }
    deeds |= {name: partial(behind_the_wall, question) for name, question in inside.items()}
    walled.rollback()
    lists.say_who(walled, asker.member)
    took: dict[str, Spread] = in_turns(deeds, rounds=rounds)
    plans = {}
    for name, question in (questions | inside).items():
        with undone(db):
            if name in inside:
                lists.say_who(db, asker.member)
            plan = explained(db, *question)
        plans[name] = {
            "buffers": plan.buffers,
            "scanned": list(plan.scanned),
            "hashed": plan.hashed,
        }
    walled.rollback()
    return {name: each.shown() | plans[name] for name, each in took.items()}


Part = Callable[[int], dict[str, Any]]
# Each writes under its own name into the file of figures; `--only` picks some of them.
PARTS: dict[str, Part] = {
    "lists": measured_lists, "wholes": wholes.measured, "memory": memory.measured,
    "sending": sending.measured, "sealing": sealing.measured, "reading": reading.measured, "delivering": delivering.measured,
    "opening": duplicates.opened, "duplicates": duplicates.searched, "importing": importing.measured,
    "figures": counting.measured, "practising": practising.measured,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
