"""`./safehand chaos`: the whole service under load, hurt at random; then what is missing is counted.

Three programs share the work: this one keeps the service running and does it harm;
`benchmarks.chaos drive` refers people over HTTP and notes what it was answered; `benchmarks.chaos
count` compares the notes with the database and with what the mail server took.
"""

import argparse
import json
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from launch import environment, harms, otherclock, smalldisk
from launch.children import Child, Children, last_lines
from launch.environment import ROOT, Installation
from launch.harms import World
from launch.hurting import Hurting
from launch.run import (
    BEFORE_THE_FIRST,
    READY_SECONDS,
    answers,
    manage,
    processes,
    say,
    timed,
)
from launch.servers import Servers
from launch.supervisor import Supervisor

OUT = ROOT / "docs" / "performance"
# A real one: it waits for the disk. And no more of its log than the small disk can hold.
SETTINGS = {"max_wal_size": "512MB", "min_wal_size": "80MB"}
DISK = 6 * smalldisk.GB
# Twice that of `run`: what starts beside it starts slowly.
READY = 2 * READY_SECONDS


def chaos(words: list[str]) -> int:
    """0 if nothing was lost, made up or done twice."""
    asked = argparse.ArgumentParser(prog="./safehand chaos")
    asked.add_argument("--kills", type=int)
    asked.add_argument("--referrals", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--mail-outage", type=float, default=0, metavar="MINUTES")
    asked.add_argument("--out", type=Path)
    asked.add_argument("--keep", action="store_true", help="leave the folder of the run")
    options = asked.parse_args(words)
    if options.kills is None:
        options.kills = 0 if options.mail_outage else 200
    if options.out is None:
        options.out = OUT / ("mail_outage.json" if options.mail_outage else "chaos.json")
    folder = environment.state_folder() / f"chaos-{options.seed}-{time.time_ns() // 10**9}"
    run = Chaos(folder, options)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    try:
        return run()
    finally:
        run.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Chaos:
    """One run. The service lives on a small disk; what is noted about it lies beside."""

    folder: Path
    options: argparse.Namespace
    children: Children = field(default_factory=Children)
    helpers: Children = field(default_factory=Children)
    disk: smalldisk.SmallDisk | None = None
    clock: otherclock.OtherClock | None = None
    servers: Servers | None = None

    def __call__(self) -> int:
        for place in (environment.state_folder(), self.folder):
            place.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.disk = smalldisk.mounted(self.folder / "disk", size=DISK)
        if not self.disk.mounted:
            say("nothing may be mounted here: the full disk is left out")
        clock = self.clock = otherclock.made_in(self.folder)
        if not clock.made:
            say("there is no compiler here: the clock that is wrong is left out")
        self.children.told = clock.env
        what = self.start()
        world = World(
            Supervisor(self.children), self.disk, clock, self.folder / "mood",
            self.folder / "partner-mood", self.folder / "importing",
        )  # fmt: skip
        world.well()
        drive = self.helper(what, "drive")
        hurting = Hurting(world, self.options, self.folder)
        self.tend(world, drive, hurting.step)
        hurting.finish()
        say("no more harm: waiting for what is on its way, then counting")
        count = self.helper(what, "count", "--out", str(self.options.out.resolve()))
        self.tend(world, count, lambda: None)
        return drive.process.returncode or count.process.returncode

    def start(self) -> Installation:
        assert self.disk is not None, "mounted before"
        servers = self.servers = Servers(
            self.disk.at, broker_forgets=True, children=self.children
        )
        servers.lock()
        timed("PostgreSQL", lambda: servers.start_postgres(**SETTINGS))
        timed("Valkey", servers.start_valkey)
        mail_port = environment.any_free_port()
        what = environment.installation(
            servers, port=environment.any_free_port(), mail_port=mail_port
        )
        for words in BEFORE_THE_FIRST:
            timed(words[0], partial(manage, what.owner, *words))
        partner_port = environment.any_free_port()
        timed("agencies, cases", lambda: self.tell(what, partner_port))
        self.child(
            what, harms.SINK,
            [sys.executable, "-m", "launch.moodysink", "--port", mail_port,
             "--journal", self.folder / "mails.jsonl", "--mood", self.folder / "mood"],
        )  # fmt: skip
        self.child(
            what, harms.PARTNER,
            [sys.executable, "-m", "launch.moodypartner", "--port", partner_port,
             "--secrets", self.folder / "secrets.json", "--journal", self.folder / "calls.jsonl",
             "--mood", self.folder / "partner-mood"],
        )  # fmt: skip
        for name, process in processes(what).items():
            self.child(what, name, process.command, env=process.env)
        timed("ready", lambda: await_ready(what.port))
        return what

    def tell(self, what: Installation, partner_port: int) -> None:
        """What the two other programs must know; then the made-up world."""
        pace = 0.0
        if self.options.mail_outage:
            pace = self.options.referrals / (self.options.mail_outage * 60 + 45)
        told = {
            "url": f"http://127.0.0.1:{what.port}", "referrals": self.options.referrals,
            "kills": self.options.kills, "seed": self.options.seed, "pace": pace,
            "mail_outage": self.options.mail_outage,
            "partner": f"http://127.0.0.1:{partner_port}",
            "disk": bool(self.disk and self.disk.mounted),
            "clock": bool(self.clock and self.clock.made),
        }  # fmt: skip
        (self.folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
        made = self.helper(what, "prepare")
        if made.process.wait():
            raise SystemExit(
                f"safehand: the world was not made.\n{last_lines(self.folder / 'logs/prepare.log')}"
            )

    def helper(self, what: Installation, verb: str, *more: str) -> Child:
        return self.helpers.start(
            verb,
            [sys.executable, "-m", "benchmarks.chaos", verb, "--folder", self.folder, *more],
            env=what.owner | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            log=self.folder / "logs" / f"{verb}.log",
        )

    def child(
        self,
        what: Installation,
        name: str,
        command: list[object],
        env: dict[str, str] | None = None,
    ) -> None:
        self.children.start(
            name,
            [str(word) for word in command],
            env=env or what.app,
            log=self.folder / "logs" / f"{name.replace(' ', '-')}.log",
        )

    def tend(self, world: World, until: Child, step: Callable[[], None]) -> None:
        """Keep the service running while a helper works, and show what the helper says."""
        shown = 0
        while True:
            over = until.process.poll() is not None
            world.supervisor.tend()
            step()
            text = until.log.read_text(encoding="utf-8", errors="replace")
            if complete := text[shown : text.rfind("\n") + 1]:
                say(complete.rstrip("\n"))
                shown += len(complete)
            if over:
                return
            time.sleep(0.1)

    def stop(self) -> None:
        self.helpers.stop()
        self.children.stop()
        if self.servers is not None:
            self.servers.forget()
        if self.disk is not None:
            smalldisk.unmount(self.disk)


def await_ready(port: int) -> None:
    end = time.monotonic() + READY
    while not answers(f"http://127.0.0.1:{port}/readyz"):
        if time.monotonic() > end:
            raise SystemExit("safehand: the web server did not become ready.")
        time.sleep(0.2)
