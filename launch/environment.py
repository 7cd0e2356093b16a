"""What each process is told: the addresses and secrets of one installation."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch import keys
from launch.servers import APP, OWNER, Servers

ROOT = Path(__file__).resolve().parent.parent
# Only the owner of the tables may do these.
FOR_THE_OWNER = frozenset(
    {
        "migrate",
        "roles",
        "flush",
        "sqlflush",
        "dbshell",
        "keys",
        "replay",
        "backup",
        "restore",
        "drill",
    }
)


@dataclass(frozen=True, slots=True)
class Installation:
    """One state folder and the environment of the processes that serve it."""

    state: Path
    port: int
    app: dict[str, str]
    owner: dict[str, str]


def state_folder() -> Path:
    return Path(os.environ.get("SAFEHAND_STATE", ROOT / ".safehand")).resolve()


def installation(servers: Servers, *, port: int, mail_port: int) -> Installation:
    """What the user's environment says, and the embedded servers for what it does not say."""
    state = servers.state
    env = dict(os.environ)
    env.setdefault("SAFEHAND_DEMO", "true")
    env.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
    env.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
    env.setdefault("MAIL_FROM", "desk@safehand.invalid")
    env["PYTHONUNBUFFERED"] = "1"
    env["MALLOC_ARENA_MAX"] = "2"
    if "SECRET_KEY" not in env and "SECRET_KEY_FILE" not in env:
        env["SECRET_KEY_FILE"] = str(keys.secret_key_file(state))
    if "KEY_RING_FILE" not in env and "KEY_RING_URL" not in env:
        env["KEY_RING_FILE"] = str(keys.key_ring_file(state))
    env.setdefault("TOMBSTONE_FILE", str(state / "tombstones.jsonl"))
    if "SMTP_HOST" not in env:
        env |= {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail_port),
            "SMTP_SECURITY": "none",
        }
    env.setdefault("REDIS_URL", servers.redis_url)
    owner, app = dict(env), dict(env)
    if "DATABASE_URL" not in env:
        owner["DATABASE_URL"] = servers.database_url(OWNER)
        app["DATABASE_URL"] = servers.database_url(APP)
    elif "OWNER_DATABASE_URL" in env:
        owner["DATABASE_URL"] = env["OWNER_DATABASE_URL"]
        owner.pop("DATABASE_ROLE", None)
    else:
        # One address for all: the processes put on the other role when they connect.
        app["DATABASE_ROLE"] = env.get("APP_ROLE", APP)
    return Installation(state, port, app, owner)


def remember(what: Installation) -> None:
    """Tell `doctor`, `manage` and `journey` how to reach what runs; only we may read it."""
    keys.write_private(
        what.state / "run.json",
        json.dumps({"port": what.port, "app": _own(what.app), "owner": _own(what.owner)}),
    )


def recall(state: Path) -> Installation | None:
    """What runs in this state folder, or None."""
    path = state / "run.json"
    if not path.exists():
        return None
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Installation(
        state, int(said["port"]), {**os.environ, **said["app"]}, {**os.environ, **said["owner"]}
    )


def forget(state: Path) -> None:
    (state / "run.json").unlink(missing_ok=True)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own(env: dict[str, str]) -> dict[str, str]:
    names = (
        "SECRET_KEY", "SECRET_KEY_FILE", "KEY_RING_FILE", "KEY_RING_URL", "KEY_RING_NAME",
        "KEY_RING_TOKEN_FILE", "TOMBSTONE_FILE", "BACKUP_RECIPIENTS", "DATABASE_URL", "DATABASE_ROLE",
        "APP_ROLE", "REDIS_URL", "ALLOWED_HOSTS", "PUBLIC_URL", "SAFEHAND_DEMO", "SMTP_HOST",
        "SMTP_PORT", "SMTP_SECURITY", "SMTP_USER", "SMTP_PASSWORD", "MAIL_FROM",
        "JURISDICTION",
    )  # fmt: skip
    return {name: env[name] for name in names if name in env}
