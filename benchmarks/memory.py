"""What one more process weighs: the memory that a web worker, and a worker of tasks, share with no other,
after a thousand requests and after five thousand more; beside a bare Django process and a bare child
of Celery after as many of theirs."""

from typing import Any

from benchmarks import lists, tasks
from benchmarks.delivering import ask, until, waiting, working
from benchmarks.running import Server, children, private, serving
from benchmarks.wholes import LIST
from demo import builders
from launch.servers import WEB
from notify.tasks import relay

FIRST, MORE = 1_000, 5_000
OWN_WAY = ("-c", "/dev/null")
BARE = "django.core.wsgi:get_wsgi_application()"


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
    with working(relay, "-c1") as worker:
        found["task"] = _done(worker, relay)
    with working(tasks.nothing, "-c1", app="benchmarks.serving.bare_celery") as worker:
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
        until(lambda: not waiting())
        found[name] = private(child)
    return found
