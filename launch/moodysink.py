"""A mail server with moods, for `./safehand chaos`: its mood is what a file says at each moment.

Whatever it takes stands in its journal, on disk, before it says so; what it refuses for good, too.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

WELL, NO_SERVICE, LATER, REFUSES, HANGS, HANGS_UP = (
    "well", "no_service", "later", "refuses", "hangs", "hangs_up",
)  # fmt: skip
MOODS = (WELL, NO_SERVICE, LATER, REFUSES, HANGS, HANGS_UP)
# Longer than any client waits for us.
FOR_EVER = 60


class Journal:
    """What became of each mail, a line each."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, what: str, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes), "we asked for bytes"
        number = message_from_bytes(content)["Message-ID"] or ""
        line = {"what": what, "id": number, "to": envelope.rcpt_tos, "t": time.time()}
        os.write(self.file, (json.dumps(line) + "\n").encode())
        os.fsync(self.file)


class Moody:
    """Answers the end of each mail as its mood is."""

    def __init__(self, journal: Journal, mood: Path) -> None:
        self.journal, self.mood = journal, mood

    def now(self) -> str:
        return self.mood.read_text(encoding="ascii").strip() if self.mood.exists() else WELL

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mood = self.now()
        if mood == LATER:
            return "451 come again later"
        if mood == REFUSES:
            self.journal.write("refused", envelope)
            return "554 not taken"
        if mood == HANGS:
            await asyncio.sleep(FOR_EVER)
            return "451 too late"
        self.journal.write("taken", envelope)
        if mood == HANGS_UP:
            # Taken, and nobody will ever hear of it.
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 kept"


class NoService(asyncio.Protocol):
    """Is there, and has no service for anybody."""

    def connection_made(self, transport: Any) -> None:
        transport.write(b"554 no mail service here\r\n")
        transport.close()


async def serve(port: int, moody: Moody) -> None:
    """Serve until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()

    def greet() -> asyncio.Protocol:
        return NoService() if moody.now() == NO_SERVICE else SMTP(moody, loop=loop)

    server = await loop.create_server(greet, "127.0.0.1", port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        await stop.wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="launch.moodysink")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--mood", type=Path, required=True)
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, Moody(Journal(asked.journal), asked.mood)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
