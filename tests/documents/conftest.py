"""A real scanner to speak with: the stand-in, on a socket, in the moods that a scanner can have."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agencies.models import Member
from cases.models import Case
from demo import builders as make
from launch.scanner import Asked, StandIn
from tests.pages.conftest import Visitor


class Hanging(Asked):
    """Takes all and never answers."""

    def verdict(self, content: bytes) -> bytes:
        time.sleep(3)
        return b""


class Slow(Asked):
    def verdict(self, content: bytes) -> bytes:
        time.sleep(0.3)
        return super().verdict(content)


class Confused(Asked):
    def verdict(self, content: bytes) -> bytes:
        return b"stream: OK FOUND ERROR\0"


class TooMuch(Asked):
    def verdict(self, content: bytes) -> bytes:
        return b"INSTREAM size limit exceeded. ERROR\0"


class Deaf(Asked):
    """Hangs up at once."""

    def handle(self) -> None:
        return


class SecondThoughts(Asked):
    """Finds nothing in what came in, and something in what was made of it."""

    def verdict(self, content: bytes) -> bytes:
        seen = getattr(self.server, "seen", 0)
        self.server.seen = seen + 1  # type: ignore[attr-defined]  # a count of the test's own
        return b"stream: OK\0" if seen == 0 else b"stream: Late FOUND\0"


@pytest.fixture
def scanning(settings: Any) -> Iterator[Callable[..., StandIn]]:
    """`scanning(mood)` is a scanner that the service is told of."""
    servers: list[StandIn] = []

    def start(mood: type[Asked] = Asked) -> StandIn:
        server = StandIn(handler=mood)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_ADDRESS = server.address
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


@pytest.fixture
def visiting() -> type[Visitor]:
    """`visiting(member)` is that member at the pages."""
    return Visitor
