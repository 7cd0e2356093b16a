"""In containers the scanner is reached by a socket of the machine, so that no content crosses a network."""

import socketserver
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from documents import clamd
from launch.scanner import SIGN, Asked

COMPOSE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "docker-compose.yml").read_text()
)
LARGE = b"x" * (3 * clamd.PART + 1)


@pytest.fixture
def scanner(settings: Any) -> Iterator[Path]:
    """One that listens at the place where the worker's container would find it."""
    worker = COMPOSE["services"]["worker"]
    where = worker["environment"]["CLAMD_ADDRESS"].removeprefix("${CLAMD_ADDRESS:-").rstrip("}")
    mounted = {volume.split(":")[1] for volume in worker["volumes"]}
    assert str(Path(where).parent) in mounted
    with tempfile.TemporaryDirectory(prefix="safehand-scanner-") as folder:
        path = Path(folder) / Path(where).name
        settings.CLAMD_ADDRESS = str(path)
        with socketserver.ThreadingUnixStreamServer(str(path), Asked) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield path
            server.shutdown()


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (LARGE, clamd.Verdict.CLEAN),
        (LARGE + SIGN, clamd.Verdict.INFECTED),
        (b"", clamd.Verdict.CLEAN),
    ],
)
def test_a_verdict_comes_by_the_socket(
    scanner: Path, content: bytes, verdict: clamd.Verdict
) -> None:
    assert clamd.scan(content) is verdict


def test_a_socket_that_is_not_there_is_no_verdict(scanner: Path) -> None:
    scanner.unlink()
    assert clamd.scan(LARGE) is clamd.Verdict.UNKNOWN
