"""What each process is told: the addresses and secrets of one installation."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch import keys
from launch.servers import OWNER, WEB, WORKER, Servers

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
    # Of the worker, beat and commands; of the web server; of what changes tables.
    app: dict[str, str]
    web: dict[str, str]
    owner: dict[str, str]


def state_folder() -> Path:
    return Path(os.environ.get("SAFEHAND_STATE", ROOT / ".safehand")).resolve()


def installation(
    servers: Servers, *, port: int, mail_port: int, scanner_port: int = 0
) -> Installation:
    """What the user's environment says, and the embedded servers for what it does not say."""
    state = servers.state
    env = dict(os.environ)
    env.setdefault("SAFEHAND_DEMO", "true")
    env.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
    env.setdefault("PUBLIC_URL", f"http://127.0.0.1:{port}")
    env.setdefault("MAIL_FROM", "desk@safehand.invalid")
    env.setdefault("AUDIT_ANCHOR_FILE", str(state / "audit_anchor.jsonl"))
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
    if env["SAFEHAND_DEMO"] == "true" and "CLAMD_ADDRESS" not in env and scanner_port:
        # Said on the pages: the stand-in finds nothing that is real.
        env |= {"CLAMD_ADDRESS": f"127.0.0.1:{scanner_port}", "CLAMD_IS_STAND_IN": "true"}
    env.setdefault("REDIS_URL", servers.redis_url)
    owner, web, app = dict(env), dict(env), dict(env)
    if "DATABASE_URL" not in env:
        owner["DATABASE_URL"] = servers.database_url(OWNER)
        web["DATABASE_URL"] = servers.database_url(WEB)
        app["DATABASE_URL"] = servers.database_url(WORKER)
    elif {"OWNER_DATABASE_URL", "WEB_DATABASE_URL"} <= env.keys():
        owner["DATABASE_URL"] = env["OWNER_DATABASE_URL"]
        web["DATABASE_URL"] = env["WEB_DATABASE_URL"]
        owner.pop("DATABASE_ROLE", None)
    else:
        # One address for all: the processes put on the other role when they connect.
        web["DATABASE_ROLE"], app["DATABASE_ROLE"] = WEB, WORKER
    return Installation(state, port, app, web, owner)


def remember(what: Installation) -> None:
    """Tell `doctor`, `manage` and `journey` how to reach what runs; only we may read it."""
    keys.write_private(
        what.state / "run.json",
        json.dumps(
            {
                "port": what.port,
                "app": _own(what.app),
                "web": _own(what.web),
                "owner": _own(what.owner),
            }
        ),
    )


def recall(state: Path) -> Installation | None:
    """What runs in this state folder, or None."""
    path = state / "run.json"
    if not path.exists():
        return None
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    app, web, owner = ({**os.environ, **said[kind]} for kind in ("app", "web", "owner"))
    return Installation(state, int(said["port"]), app, web, owner)


def by_environment(state: Path) -> Installation | None:
    """What the variables of this process name (each may be the path of a file, NAME_FILE), as in a
    container; None where they name no database. Whose address it is, the database's user says."""
    env = dict(os.environ)
    for name in ("DATABASE_URL", "REDIS_URL"):
        if path := env.get(f"{name}_FILE"):
            env[name] = Path(path).read_text(encoding="utf-8").strip()
    if "DATABASE_URL" not in env or "REDIS_URL" not in env:
        return None
    env.setdefault("SAFEHAND_DEMO", "false")
    without = {name: value for name, value in env.items() if name != "DATABASE_URL"}
    is_web = f"//{WEB}:" in env["DATABASE_URL"] or f"//{WEB}@" in env["DATABASE_URL"]
    app, web = (without, env) if is_web else (env, without)
    return Installation(state, 0, app, web, without)


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
        "REDIS_URL", "ALLOWED_HOSTS", "PUBLIC_URL", "SAFEHAND_DEMO", "SMTP_HOST",
        "SMTP_PORT", "SMTP_SECURITY", "SMTP_USER", "SMTP_PASSWORD", "MAIL_FROM",
        "JURISDICTION", "AUDIT_SIGNING_KEY_FILE", "AUDIT_ORIGIN", "AUDIT_ANCHOR_FILE",
        "AUDIT_SYSLOG", "AUDIT_SYSLOG_EVENTS", "BREACHED_PASSWORDS", "CLAMD_ADDRESS", "CLAMD_IS_STAND_IN",
        "DOCUMENTS_QUOTA_MB", "FILES_KEPT_DAYS", "EXPORT_MOST_CASES", "EXPORT_MOST_FETCHES",
    )  # fmt: skip
    return {name: env[name] for name in names if name in env}
