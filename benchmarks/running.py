"""Web servers that are measured: started, asked, and what the kernel says of them."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launch.environment import ROOT, any_free_port
from launch.servers import OWNER

PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Server:
    """One gunicorn with one worker."""

    port: int
    process: subprocess.Popen[bytes]

    def ask(self, path: str, token: str) -> bytes:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body


@contextmanager
def serving(
    module: str, told: str, *, role: str = "", words: tuple[str, ...] = ("--preload",)
) -> Iterator[Server]:
    """A server with these settings, as this role of the database; ended with the block. It reads our
    gunicorn.conf.py, as everything that is started in this folder does, unless the words say otherwise."""
    port = any_free_port()
    address = os.environ["DATABASE_URL"]
    if role:
        address = address.replace(f"//{OWNER}@", f"//{role}@")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", module, "-b", f"127.0.0.1:{port}", "-w", "1", *words,
         "--no-control-socket", "--log-level", "error"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": f"benchmarks.serving.{told}"},
    )  # fmt: skip
    try:
        _await(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            line.connect()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("a server that was to be measured did not start") from None
            time.sleep(0.1)
        else:
            return
        finally:
            line.close()


def cpu(process: int) -> float:
    """Seconds of a core that a process and its children have been given so far."""
    found = 0
    for task in (process, *children(process)):
        # One that has just ended is not counted.
        if (path := Path(f"/proc/{task}/schedstat")).exists():
            found += int(path.read_text().split()[0])
    return found / 1e9


def private(process: int) -> int:
    """Bytes of memory that this process shares with no other."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    kept = (line.split() for line in told if line.startswith("Private_"))
    return sum(int(words[1]) * 1024 for words in kept)


def children(process: int) -> list[int]:
    """The processes that this one has started."""
    told = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in told]
