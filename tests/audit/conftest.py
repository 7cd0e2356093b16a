"""An anchor beside the log, and where the long target keeps its figures."""

from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: Any) -> None:
    parser.addoption(
        "--json", default="", help="where tests/audit/tampering.py keeps its figures"
    )


@pytest.fixture
def anchored(tmp_path: Path, settings: Any) -> Path:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor.jsonl")
    return tmp_path / "anchor.jsonl"
