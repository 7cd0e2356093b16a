"""One call of a partner's system. Knows no database, so that several may be in the air at once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from kernel import outside
from kernel.addresses import LOOPBACK, Reach

CONNECT_SECONDS = 5
# The status alone counts; of the answer to a challenge the word, which is short.
NOTHING, ONE_WORD = 0, 4096


@dataclass(frozen=True, slots=True)
class Message:
    """All that goes out, ready and signed."""

    url: str = field(repr=False)
    body: str
    headers: Mapping[str, str] = field(repr=False)
    wants_answer: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: HTTP's number where there was one, else the fault; never the answer's words."""

    milliseconds: int
    status: int | None = None
    fault: str = ""
    retry_after: str = ""
    answer: str = field(default="", repr=False)


def reach() -> Reach:
    """Whom the settings let us call. Without TLS only this machine, in the demonstration."""
    here = LOOPBACK if settings.DEMO else ()
    return Reach(
        networks=(*settings.WEBHOOK_NETWORKS, *here),
        ports=frozenset() if settings.DEMO else frozenset(settings.WEBHOOK_PORTS),
        in_clear=settings.DEMO,
    )


def send(message: Message) -> Outcome:
    """Call, and say what came of it. Raises nothing that a server could make it raise."""
    begun = time.monotonic()
    try:
        answer = outside.call(
            "POST",
            message.url,
            reach=reach(),
            body=message.body.encode(),
            headers=message.headers,
            caps=outside.Caps(
                seconds=settings.WEBHOOK_TIMEOUT,
                connect_seconds=CONNECT_SECONDS,
                bytes=ONE_WORD if message.wants_answer else NOTHING,
            ),
            authorities=settings.WEBHOOK_AUTHORITIES,
        )
    except (outside.NotOutside, outside.NoAnswer) as fault:
        return Outcome(_since(begun), fault=str(fault)[:40])
    return Outcome(
        _since(begun),
        status=answer.status,
        retry_after=answer.headers.get("retry-after", ""),
        answer=answer.body.decode("ascii", "replace").strip(),
    )


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
