"""The measurement of members at work: its arithmetic, and that nothing wrong passes for right."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from benchmarks.load import client, report
from benchmarks.load.client import Answer, Line
from benchmarks.load.tally import Tallies, percentile

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def asked(serve: Serve, *, times: int = 1) -> list[Answer]:
    """What a line gets from this server, asked one time after the other."""

    async def ask() -> list[Answer]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        line = Line("127.0.0.1", server.sockets[0].getsockname()[1])
        found = [await line.ask("GET", "/", {}, b"") for _ in range(times)]
        line.close()
        server.close()
        await asyncio.sleep(0.01)
        return found

    return asyncio.run(ask())


def saying(*answers: bytes, close: bool = True) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        await writer.drain()
        if not close:
            await reader.read()
        writer.close()
        await writer.wait_closed()

    return serve


@pytest.mark.parametrize(
    ("values", "mark", "wanted"),
    [
        ([], 99, 0.0),
        ([7.0], 50, 7.0),
        ([1.0, 2.0], 50, 1.0),
        ([1.0, 2.0, 3.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 101)], 100, 100.0),
        ([float(n) for n in range(1, 202)], 95, 191.0),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(
    values: list[float], mark: float, wanted: float
) -> None:
    assert percentile(values, mark) == wanted


def test_what_was_measured_is_shown_in_milliseconds() -> None:
    tallies = Tallies()
    for seconds in (0.3, 0.1, 0.2):
        assert tallies.add("look", seconds, status=200, expect=200)

    assert tallies.by_act["look"].shown() == {
        "count": 3, "p50": 200.0, "p95": 300.0, "p99": 300.0, "max": 300.0, "errors": 0,
    }  # fmt: skip


@pytest.mark.parametrize("status", [client.NO_ANSWER, 302, 403, 404, 409, 429, 500])
def test_every_answer_but_the_expected_one_is_an_error(status: int) -> None:
    tallies = Tallies()
    assert tallies.add("look", 0.1, status=200, expect=200)

    assert not tallies.add("look", 0.1, status=status, expect=200, body="no such thing")

    whole = tallies.whole().shown()
    assert (whole["count"], whole["errors"]) == (2, 1)
    assert tallies.told["look"] == [f"{status} instead of 200: no such thing"]


def test_the_targets_are_missed_by_one_error_alone() -> None:
    found: dict[str, Any] = {
        "all": {"errors": 0}, "ratio": 9.9, "queues": {"notices": {"max": 4.9}}
    }  # fmt: skip
    assert set(report.held(found).values()) == {True}

    found["all"]["errors"] = 1

    assert list(report.held(found).values()) == [False, True, True]


def test_a_line_reads_what_has_a_length_what_comes_in_pieces_and_what_ends_with_the_line() -> (
    None
):
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    pieces = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"
    ends = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nhi"

    found = asked(saying(whole, pieces, ends), times=3)

    assert [(each.status, each.text) for each in found] == [
        (200, "hi"),
        (201, "hi"),
        (404, "hi"),
    ]


def test_a_line_that_was_kept_and_ended_meanwhile_is_opened_anew() -> None:
    found = asked(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), times=2)

    assert [each.status for each in found] == [200, 200]


def test_half_an_answer_none_and_a_late_one_are_no_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "SECONDS", 0.3)
    half = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")
    nonsense = saying(b"not this way\r\n\r\n")
    silent = saying(b"", close=False)
    begun = time.monotonic()

    found = [asked(serve)[0] for serve in (half, nonsense, silent)]

    assert [each.status for each in found] == [client.NO_ANSWER] * 3
    assert time.monotonic() - begun < 5
