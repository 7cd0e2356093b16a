"""`./safehand run`: the whole service, a line per step, until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from launch import environment
from launch.children import Child, Children, last_lines
from launch.environment import ROOT, Installation
from launch.servers import AlreadyRunning, Servers

READY_SECONDS = 60
# The last ends what an older copy of the database may have brought back, before anybody comes in.
BEFORE_THE_FIRST = (("migrate", "-v0"), ("roles",), ("replay",))
BUSY = 3


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


class Run:
    """One run of the service: starts everything in order, watches it, ends it in reverse."""

    def __init__(self, port: int, state: Path | None = None) -> None:
        self.begun = time.monotonic()
        self.servers = Servers(state or environment.state_folder())
        self.children = Children()
        self.asked_to_stop = threading.Event()
        self.mail_port = environment.any_free_port()
        self.scanner_port = environment.any_free_port()
        self.port = port

    def __call__(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.asked_to_stop.set())
        try:
            self.servers.lock()
        except AlreadyRunning as running:
            what = environment.recall(self.servers.state)
            where = f" on http://127.0.0.1:{what.port}/" if what else ""
            say(f"safehand: already running (pid {running}){where}")
            return BUSY
        if not environment.port_is_free(self.port):
            say(f"safehand: port {self.port} is taken. Choose another with --port.")
            return BUSY
        try:
            what = self.start()
            environment.remember(what)
            return self.serve(what)
        except Stopped:
            return 0
        except (SystemExit, subprocess.CalledProcessError) as fault:
            say(str(fault))
            return 1
        finally:
            self.stop()

    def start(self) -> Installation:
        """Everything, in order; each step prints its seconds."""
        if "DATABASE_URL" not in os.environ:
            self.step("PostgreSQL", self.servers.start_postgres)
        if "REDIS_URL" not in os.environ:
            self.step("Valkey", self.servers.start_valkey)
        what = environment.installation(
            self.servers,
            port=self.port,
            mail_port=self.mail_port,
            scanner_port=self.scanner_port,
        )
        demo = what.app["SAFEHAND_DEMO"] == "true"
        if "SMTP_HOST" not in os.environ:
            self.step("mail sink", lambda: self.start_mail_sink(what))
        if what.app.get("CLAMD_IS_STAND_IN") == "true":
            self.step("scanner", lambda: self.start_stand_in(what))
        for words in BEFORE_THE_FIRST:
            self.step(words[0], partial(manage, what.owner, *words))
        if demo:
            logins = what.state / "demo-logins.json"
            self.step(
                "demo data", lambda: manage(what.app, "seed_demo", "--logins", str(logins))
            )
        self.start_processes(what)
        self.step("ready", lambda: self.await_ready(what))
        return what

    def step(self, name: str, do: Callable[[], object]) -> None:
        if self.asked_to_stop.is_set():
            raise Stopped
        timed(name, do)

    def start_mail_sink(self, what: Installation) -> None:
        self.child(
            what,
            "mail sink",
            [sys.executable, "-m", "launch.mailsink", "--port", self.mail_port,
             "--dir", what.state / "mails"],
        )  # fmt: skip

    def start_stand_in(self, what: Installation) -> None:
        """In a demonstration only, in place of a scanner; the pages say so."""
        self.child(
            what,
            "scanner",
            [sys.executable, "-m", "launch.scanner", "--port", self.scanner_port],
        )

    def start_processes(self, what: Installation) -> None:
        for name, process in processes(what).items():
            self.step(name, partial(self.child, what, name, process.command, process.env))

    def child(
        self,
        what: Installation,
        name: str,
        command: list[object],
        env: dict[str, str] | None = None,
    ) -> Child:
        return self.children.start(
            name,
            [str(word) for word in command],
            env=env or what.app,
            log=what.state / "logs" / f"{name.replace(' ', '-')}.log",
        )

    def await_ready(self, what: Installation) -> None:
        end = time.monotonic() + READY_SECONDS
        while not answers(f"http://127.0.0.1:{what.port}/readyz"):
            self.complain()
            if self.asked_to_stop.is_set():
                raise Stopped
            if time.monotonic() > end:
                raise SystemExit("safehand: the web server did not become ready.")
            time.sleep(0.1)

    def serve(self, what: Installation) -> int:
        """Everything is ready: say so, and stay until somebody asks us to stop."""
        say(banner(what, time.monotonic() - self.begun))
        return self.watch()

    def watch(self) -> int:
        while not self.asked_to_stop.wait(0.3):
            self.complain()
        return 0

    def complain(self) -> None:
        """Raise SystemExit if a child has ended by itself."""
        for child in [*self.servers.children.ended(), *self.children.ended()]:
            raise SystemExit(
                f"safehand: {child.name} ended by itself "
                f"(code {child.process.returncode}).\n{last_lines(child.log)}"
            )

    def stop(self) -> None:
        say("Stopping ...")
        environment.forget(self.servers.state)
        self.children.stop(lambda line: say(f"  {line}"))
        self.servers.children.stop(lambda line: say(f"  {line}"))
        self.servers.forget()


def timed(name: str, do: Callable[[], object]) -> None:
    begun = time.monotonic()
    do()
    say(f"  ✓ {name:<12} {time.monotonic() - begun:5.1f} s")


@dataclass(frozen=True, slots=True)
class Process:
    """One program of the service, and what it is told."""

    command: list[object]
    env: dict[str, str]


def processes(what: Installation) -> dict[str, Process]:
    """What the service is made of besides its servers, in the order in which they start. Whoever runs
    all of it runs these."""
    web: list[object] = [
        "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{what.port}",
        "-w", "2", "--preload", "--no-control-socket", "--graceful-timeout", "5",
        "--log-level", "warning",
    ]  # fmt: skip
    celery, quiet = ["celery", "-A", "config"], ["--without-gossip", "--without-mingle"]
    words: dict[str, list[object]] = {
        # One hand may hang with the mail server and one with partners' systems; one is for the clocks.
        "worker": ["worker", "-c", "3", *quiet],
        # Files of many cases, one at a time.
        "files": ["worker", "-Q", "files", "-n", "files@%h", "-c", "1", *quiet],
        "beat": ["beat", "-s", what.state / "beat-schedule", "--pidfile="],
    }
    python: list[object] = [sys.executable, "-m"]
    return {
        "web": Process([*python, *web], what.web),
        **{
            name: Process([*python, *celery, *said, "-l", "warning"], what.app)
            for name, said in words.items()
        },
    }


def manage(env: dict[str, str], *words: str) -> None:
    """Run a management command; if it fails, its last lines are the error."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).splitlines()[-12:])
        raise SystemExit(f"safehand: `manage {words[0]}` failed.\n{tail}")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 -- our own loopback address
            return True
    except (urllib.error.URLError, OSError):
        return False


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- this is the terminal


def banner(what: Installation, seconds: float) -> str:
    url = f"http://127.0.0.1:{what.port}"
    lines = [
        "",
        f"Safehand is ready after {seconds:.1f} s.",
        f"  {url}/                what runs here",
        f"  {url}/api/v1/docs/    the API, to be tried out",
        f"  State: {what.state}   Mails: {what.state / 'mails'}",
    ]
    if what.app["SAFEHAND_DEMO"] == "true":
        lines += demo_lines(what.state / "demo-logins.json")
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


def demo_lines(path: Path) -> list[str]:
    """The table of demo log-ins, as the seed wrote them."""
    logins = json.loads(path.read_text(encoding="utf-8"))
    return [
        "",
        "This is a demonstration: made-up agencies and people, no second factor, loopback only.",
        f"Every password is {logins[0]['password']}; tokens for the API are in {path}.",
        *(
            f"  {login['username']:<34} {login['role']:<24} {login['agency']}"
            for login in logins
        ),
        "Night Place has no account and answers by a link: docs/exchange.md, To try it.",
    ]
