"""`./safehand drill`: a copy is made, acted upon, restored beside the service, and counted.

Nothing is done to the service itself but reading it, and keeping the figures. Two databases in a
throw-away server come from one backup: in the first, consents are withdrawn and somebody is
erased; the second is restored afterwards with the journals of the first, and must know.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pyrage

from launch import keys
from launch.environment import ROOT, Installation
from launch.servers import OWNER, Servers

# Each of these must be nought, or else the drill has found a fault.
MUST_BE_NONE = (
    "consents_resurrected", "erased_resurrected", "keys_shut", "groups_shut", "access_differs",
)  # fmt: skip


DONE_AGAIN = (("consents", "consents_withdrawn"), ("erased", "persons_erased"))


class DrillFailed(Exception):
    """A step did not come to its end; its last line says why."""


@dataclass(slots=True)
class Drill:
    """One drill of one installation, in a folder that goes with it."""

    what: Installation
    folder: Path
    servers: Servers
    found: dict[str, Any] = field(default_factory=dict)

    def __call__(self) -> dict[str, Any]:
        begun = time.monotonic()
        backup = self.backup()
        for name in ("first", "second"):
            with psycopg.connect(self.servers.database_url(OWNER), autocommit=True) as server:
                server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        self.restore(backup, "first")
        acted = self.manage("first", "drill", "act")
        restored = self.restore(backup, "second")
        checked = self.manage("second", "drill", "check")
        told = json.loads((backup / "manifest.json").read_text(encoding="utf-8"))
        self.found |= {
            "name": told["name"], "size": told["files"]["database.age"]["size"],
            **acted, **restored, **checked,
            "seconds": round(time.monotonic() - begun, 1),
        }  # fmt: skip
        wrong = [name for name in MUST_BE_NONE if self.found[name]]
        # Where a journal was lost on its way, less was done again than had been ended.
        kept = all(self.found[again] >= self.found[ended] for again, ended in DONE_AGAIN)
        self.found["well"] = kept and not wrong and not self.found["rows_lost"]
        return self.found

    def backup(self) -> Path:
        """A backup for a key that is made for this drill and thrown away with it."""
        identity = pyrage.x25519.Identity.generate()
        keys.write_private(self.folder / "identity", str(identity))
        begun = time.monotonic()
        words = ("backup", "--unrecorded", "--to", str(self.folder / "copies"),
                 "--recipient", str(identity.to_public()))  # fmt: skip
        said = run(self.what.owner, *words)
        self.found["backup_seconds"] = round(time.monotonic() - begun, 1)
        return Path(said.splitlines()[0])

    def restore(self, backup: Path, name: str) -> dict[str, Any]:
        words = [
            "--identity",
            str(self.folder / "identity"),
            "--into",
            self.address(name),
            "--json",
        ]
        sealed = backup.parent / "keys" / f"{backup.name}-keys.age"
        ring = self.folder / "keyring.json"
        if sealed.exists() and not ring.exists():
            words += ["--keys", str(sealed), "--keys-to", str(ring)]
        begun = time.monotonic()
        said: dict[str, Any] = json.loads(run(self.env(name), "restore", str(backup), *words))
        return said | {"restore_seconds": round(time.monotonic() - begun, 1)}

    def manage(self, name: str, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run(self.env(name), *words).splitlines()[-1])
        return found

    def env(self, name: str) -> dict[str, str]:
        """The service's own environment, with this database, the opened ring, and journals that
        are copies: what is done here is not written into the real ones."""
        ring, stones = self.folder / "keyring.json", self.folder / "tombstones.jsonl"
        env = self.what.owner | {
            "DATABASE_URL": self.address(name), "TOMBSTONE_FILE": str(stones),
        }  # fmt: skip
        env.pop("BACKUP_DATABASE_URL", None)
        return env | ({"KEY_RING_FILE": str(ring)} if ring.exists() else {})

    def address(self, name: str) -> str:
        return self.servers.database_url(OWNER).replace("@/safehand?", f"@/{name}?")


def drill(what: Installation, *, keep: bool = True) -> dict[str, Any]:
    """The whole drill; its figures, which the service keeps for the page of its backups."""
    folder = Path(tempfile.mkdtemp(prefix="safehand-drill-"))
    folder.chmod(0o711)
    servers = Servers(folder / "server", throw_away=True)
    try:
        servers.lock()
        servers.start_postgres()
        _copy_journals(what, folder)
        found = Drill(what, folder, servers)()
    finally:
        servers.children.stop()
        servers.forget()
        shutil.rmtree(folder, ignore_errors=True)
    if keep:
        run(what.owner, "drill", "keep", said=json.dumps(found))
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """The figures for people, the verdict first."""
    verdict = "The drill went well." if found["well"] else "THE DRILL HAS FOUND A FAULT."
    rest = {name: value for name, value in found.items() if name != "well"}
    return [verdict, *(f"  {name:<24} {value}" for name, value in rest.items())]


def run(env: dict[str, str], *words: str, said: str | None = None) -> str:
    """A management command, and what it said. Raises DrillFailed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, input=said,
    )  # fmt: skip
    if done.returncode:
        last = "".join((done.stderr or done.stdout).strip().splitlines()[-1:])
        raise DrillFailed(f"`{words[0]}` failed: {last}")
    return done.stdout


def _copy_journals(what: Installation, folder: Path) -> None:
    path = what.owner.get("TOMBSTONE_FILE", "")
    for file in (Path(path), Path(path).with_name("withdrawals.jsonl")) if path else ():
        if file.exists():
            name = "tombstones.jsonl" if file == Path(path) else file.name
            shutil.copy(file, folder / name)
