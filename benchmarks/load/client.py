"""A small HTTP/1.1 client over asyncio: one line for each member, kept where the server keeps it.

The web server's workers are synchronous and end the line after each answer, so that most requests
open a new one; behind a proxy that keeps lines they would not.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

SECONDS = 30
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Status 0: nothing did, and `body` says why."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Line:
    """One member's line to the server."""

    host: str
    port: int
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = field(default=None, repr=False)

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        try:
            async with asyncio.timeout(SECONDS):
                return await self._ask(method, path, headers, body)
        except TimeoutError:
            self.close()
            return Answer(NO_ANSWER, {}, b"no answer in time")
        except (OSError, EOFError, ValueError) as fault:
            self.close()
            return Answer(NO_ANSWER, {}, type(fault).__name__.encode())

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        said = {"Host": f"{self.host}:{self.port}", "Content-Length": str(len(body))} | headers
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {it}" for name, it in said.items())]
        asked = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        kept = self._writer is not None
        try:
            return await self._exchange(asked)
        except (ConnectionError, asyncio.IncompleteReadError):
            # A server may end a line that was idle; on a new one the same is a fault.
            if not kept:
                raise
            self.close()
            return await self._exchange(asked)

    async def _exchange(self, asked: bytes) -> Answer:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
        self._writer.write(asked)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, headers = _read(head)
        body = await self._body(self._reader, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            whole = b""
            while size := int(await reader.readline(), 16):
                whole += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
            return whole
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        return await reader.read() if headers.get("connection") == "close" else b""

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _read(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}
