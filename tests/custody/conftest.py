"""A ring and journals of a test's own, and servers of our own to restore into."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from launch.environment import Installation
from launch.servers import OWNER, Servers


@pytest.fixture
def own_ring(settings: Any, tmp_path: Path) -> Path:
    """A ring of this test's own, so that no other test meets its keys."""
    path = tmp_path / "keyring.json"
    path.write_text(Path(settings.KEY_RING_FILE).read_text())
    path.chmod(0o600)
    settings.KEY_RING_FILE = str(path)
    return path


@pytest.fixture
def journals(settings: Any, tmp_path: Path) -> Path:
    """The folder of journals of this test's own."""
    folder = tmp_path / "journals"
    folder.mkdir()
    settings.TOMBSTONE_FILE = str(folder / "tombstones.jsonl")
    return folder


@pytest.fixture
def installed(own_ring: Path, journals: Path, settings: Any, tmp_path: Path) -> Installation:
    """The test's own database, ring and journals, as the console's commands meet them."""
    owner = os.environ | {
        "KEY_RING_FILE": str(own_ring), "TOMBSTONE_FILE": settings.TOMBSTONE_FILE,
        "DATABASE_URL": address_of_tests(),
    }  # fmt: skip
    return Installation(tmp_path, 0, owner, owner, owner)


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Servers]:
    """Another PostgreSQL, where nothing of ours has ever been: not even our roles."""
    state = Path(tempfile.mkdtemp(prefix="safehand-elsewhere-"))
    state.chmod(0o711)
    servers = Servers(state, throw_away=True)
    servers.lock()
    servers.start_postgres()
    yield servers
    servers.children.stop()
    servers.forget()


@pytest.fixture
def empty(elsewhere: Servers, request: Any) -> str:
    """The address of an empty database elsewhere."""
    name = request.node.name[:50].replace("[", "_").replace("]", "_")
    url = elsewhere.database_url(OWNER)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return url.replace("@/safehand?", f"@/{name}?")


def address_of_tests() -> str:
    """The database of the tests, as its owner."""
    told = connection.settings_dict
    return f"postgresql://{told['USER']}@/{told['NAME']}?host={told['HOST']}"
