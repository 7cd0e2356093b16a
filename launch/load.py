"""`./safehand load`: the whole service on a land of made-up cases, and members who work in it."""

import argparse
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from launch import environment
from launch.bench import FOLDER, SETTINGS, folder_of, measured
from launch.environment import ROOT, Installation
from launch.run import Run, manage

ENDED = 0.3


class Load(Run):
    """The service as `./safehand run` starts it, with the land of `./safehand bench` in place of
    the demonstration; it ends with the measurement."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options.port, folder_of(options.cases))
        self.options = options

    def start(self) -> Installation:
        self.step("memory", lambda: read_through(self.servers.state / "pgdata"))
        self.step("PostgreSQL", partial(self.servers.start_postgres, **SETTINGS))
        self.step("Valkey", self.servers.start_valkey)
        what = environment.installation(self.servers, port=self.port, mail_port=self.mail_port)
        self.step("mail sink", lambda: self.start_mail_sink(what))
        self.step("tables", lambda: manage(what.owner, "migrate", "-v0"))
        self.step("roles", lambda: manage(what.owner, "roles"))
        self.step("land", lambda: self.fill(what))
        # What it remembers of the time before would set off the work of a day at once.
        (what.state / "beat-schedule").unlink(missing_ok=True)
        self.start_processes(what)
        self.step("ready", lambda: self.await_ready(what))
        return what

    def fill(self, what: Installation) -> None:
        if measured(what, "--cases", self.options.cases, "--fill-only"):
            raise SystemExit("safehand: the land could not be filled.")

    def serve(self, what: Installation) -> int:
        asked = self.options
        out = asked.out or FOLDER / f"load-{asked.cases}.json"
        words = {
            "cases": asked.cases, "members": asked.members, "minutes": asked.minutes,
            "seed": asked.seed, "out": out.resolve(), "port": what.port,
        }  # fmt: skip
        env = what.owner | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        running = [*self.servers.children.running, *self.children.running]
        watched = [f"--watch={child.name}={child.process.pid}" for child in running]
        said = [f"--{name}={value}" for name, value in words.items()]
        command = [sys.executable, "-m", "benchmarks.load", *said, *watched]
        measuring = subprocess.Popen(command, cwd=ROOT, env=os.environ | env)
        try:
            while (code := measuring.poll()) is None:
                self.complain()
                if self.asked_to_stop.wait(ENDED):
                    return 1
            return code
        finally:
            measuring.terminate()
            measuring.wait()


def read_through(folder: Path) -> None:
    """Read every file once, so that a machine that was just started measures no slower than one that
    has been up for long."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


def load(words: list[str]) -> int:
    """Measure, and write docs/performance/load-CASES.json. 1 if anything went wrong on the way."""
    asked = argparse.ArgumentParser(prog="./safehand load")
    asked.add_argument("--cases", type=int, default=10_000, help="10000, 100000 or 1000000")
    asked.add_argument("--members", type=int, default=40)
    asked.add_argument("--minutes", type=float, default=2)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--port", type=int, default=environment.any_free_port())
    asked.add_argument("--out", type=Path)
    options = asked.parse_args(words)
    # A second factor in every session, as wherever it is in earnest.
    os.environ.setdefault("SAFEHAND_DEMO", "false")
    return Load(options)()
