"""A real mail server on loopback whose answers a test decides."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

from aiosmtpd.smtp import SMTP, Envelope, Session

Answer = Callable[[int], str]


class Sink:
    """Keeps what it accepted; `answer(n)` is its reply to the nth DATA, "hang" never comes."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.offered = 0
        self.accepted: list[bytes] = []
        self.hanging = threading.Event()
        self.port = 0

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.offered += 1
        reply = self.answer(self.offered)
        if reply == "hang":
            self.hanging.set()
            await asyncio.sleep(3600)
        if reply.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.accepted.append(envelope.content)
        return reply

    @property
    def mails(self) -> list[Message]:
        return [message_from_bytes(raw) for raw in self.accepted]


@contextmanager
def serving(answer: Answer = lambda _: "250 kept") -> Iterator[Sink]:
    sink = Sink(answer)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(sink, loop=loop), "127.0.0.1", 0)
    )
    sink.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(_end, loop, server)
        thread.join(5)
        loop.close()


def _end(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
    server.close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_later(0.05, loop.stop)
