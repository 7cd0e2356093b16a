"""What one more process weighs: the memory that a web worker, and a worker of tasks, share with no other,
after a thousand requests and after five thousand more; beside a bare Django process and a bare child
of Celery after as many of theirs."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import lists, tasks
from benchmarks.delivering import PATIENCE, ask, flushed, until, waiting
from benchmarks.running import Server, children, private, serving
from demo import builders
from launch.environment import ROOT
from launch.servers import OWNER, WEB, WORKER
from notify.tasks import relay

FIRST, MORE = 1_000, 5_000
OWN_WAY = ("-c", "/dev/null")
BARE = "django.core.wsgi:get_wsgi_application()"
LIST = "/api/v1/cases/"
ARENAS = {"MALLOC_ARENA_MAX": "2"}


def measured(_rounds: int) -> dict[str, Any]:
    """In bytes, by process: after the first requests, and after those that follow."""
    token = builders.make_token(lists.askers()[0].member)
    found: dict[str, Any] = {}
    with serving("config.wsgi", "walled", role=WEB) as ours:
        found["web"] = _asked(ours, LIST, token)
    with serving("config.wsgi", "walled", role=WEB, words=OWN_WAY) as loose:
        found["web_not_shared"] = _asked(loose, LIST, token)
    with serving(BARE, "nothing", words=OWN_WAY) as bare:
        found["web_bare"] = _asked(bare, "/", token)
    with _celery("config.celery", "config.settings") as worker:
        found["task"] = _done(worker, relay)
    with _celery("benchmarks.serving.bare_celery", "config.settings") as worker:
        found["task_bare"] = _done(worker, tasks.nothing)
    return found


def _asked(server: Server, path: str, token: str) -> dict[str, int]:
    (worker,) = children(server.process.pid)
    found = {}
    for name, times in (("first", FIRST), ("after", MORE)):
        for _ in range(times):
            server.ask(path, token)
        found[name] = private(worker)
    return found


def _done(worker: int, task: Any) -> dict[str, int]:
    (child,) = children(worker)
    found = {}
    for name, times in (("first", FIRST), ("after", MORE)):
        ask([task] * times)
        until(_nothing_waits)
        found[name] = private(child)
    return found


def _nothing_waits() -> bool:
    return not waiting()


@contextmanager
def _celery(app: str, settings: str) -> Iterator[int]:
    """A worker with one child."""
    env = os.environ | ARENAS | {
        "DJANGO_SETTINGS_MODULE": settings,
        "DATABASE_URL": os.environ["DATABASE_URL"].replace(f"//{OWNER}@", f"//{WORKER}@"),
    }  # fmt: skip
    flushed()
    with tempfile.TemporaryFile() as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", app, "worker", "-c1", "-lERROR", "--without-gossip",
             "--without-mingle"],
            env=env, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            ask([tasks.nothing if "bare" in app else relay])
            until(_nothing_waits)
            yield worker.pid
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(PATIENCE)
