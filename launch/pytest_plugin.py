"""Throw-away PostgreSQL and Valkey for a test run, started before Django reads its settings."""

import os
import secrets
import tempfile
from pathlib import Path

import pytest

from launch import keys
from launch.children import last_lines
from launch.servers import OWNER, Servers

_servers: list[Servers] = []


# The state folder of PostgreSQL, while it is ours to start: each worker of xdist then has one of its own, because a
# transaction that is open in any database of a server holds back the seals of all others.
OURS = "SAFEHAND_TEST_POSTGRES"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start what the environment does not name; workers of xdist inherit the rest of it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        if OURS in os.environ:
            _start_postgres(_new_servers())
        return
    servers = _new_servers()
    if "DATABASE_URL" not in os.environ:
        _start_postgres(servers)
    if "REDIS_URL" not in os.environ:
        servers.start_valkey()
        os.environ["REDIS_URL"] = servers.redis_url
    state = servers.state
    os.environ |= {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "KEY_RING_FILE": str(keys.key_ring_file(state)),
        "TOMBSTONE_FILE": str(state / "tombstones.jsonl"),
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "SAFEHAND_DEMO": "true",
        "PUBLIC_URL": "http://localhost",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "1",
        "SMTP_SECURITY": "none",
        "MAIL_FROM": "desk@safehand.invalid",
    }


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    for servers in _servers:
        for child in servers.children.ended():
            print(f"{child.name} ended by itself:\n{last_lines(child.log)}")  # noqa: T201 -- the run's own report
        servers.children.stop()
        servers.forget()


def _new_servers() -> Servers:
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- a private folder in it
    state = Path(tempfile.mkdtemp(prefix="safehand-test-", dir=in_memory))
    state.chmod(0o711)
    servers = Servers(state, throw_away=True)
    _servers.append(servers)
    servers.lock()
    return servers


def _start_postgres(servers: Servers) -> None:
    servers.start_postgres()
    os.environ["DATABASE_URL"], os.environ[OURS] = (
        servers.database_url(OWNER),
        str(servers.state),
    )
