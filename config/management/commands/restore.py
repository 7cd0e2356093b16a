"""`./safehand restore FILE`: a backup back into an empty database, and only then people."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backup import restore
from config.backup.age import NotSealed
from config.backup.programs import ProgramFailed
from custody import journal
from custody.models import JournalEntry
from kernel.journal import read


class Command(BaseCommand):
    help = "Bring a backup back into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="the folder of the backup, or its file")
        parser.add_argument("--identity", type=Path, required=True, help="a file of age-keygen")
        parser.add_argument(
            "--into", required=True, help="postgresql://... of an empty database"
        )
        parser.add_argument("--keys", type=Path, help="the sealed ring that belongs to it")
        parser.add_argument("--keys-to", type=Path, help="where to write the opened ring")
        parser.add_argument("--without-tombstones", action="store_true",
                            help="restore although the file of the erased is lost")  # fmt: skip
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **given: Any) -> None:
        into = given["into"]
        try:
            folder, told = restore.checked(given["backup"])
            if not given["without_tombstones"]:
                restore.require_tombstones(told, _erased())
            if given["keys"]:
                to = given["keys_to"] or Path(settings.KEY_RING_FILE)
                restore.ring_of(given["keys"], given["identity"], told, to)
            figures = restore.restore(folder, told, identity=given["identity"], into=into)
        except (restore.NotRestored, NotSealed, ProgramFailed, OSError) as fault:
            raise CommandError(str(fault)) from None
        again = json.loads(_manage(into, "replay", "--after", told.name))
        restore.open_door(into)
        found = asdict(figures) | again
        lines = (
            [json.dumps(found)] if given["json"] else [f"{k}: {v}" for k, v in found.items()]
        )
        self.stdout.write("\n".join(lines))


def _erased() -> int:
    """How many persons the file of tombstones names."""
    if not journal.paths():
        return 0
    kind = JournalEntry.Kind.PERSON_ERASED
    return len({each["subject"] for each in read(journal.paths()[0]) if each["kind"] == kind})


def _manage(into: str, *words: str) -> str:
    """A command of ours against the restored database, as the owner of its tables."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_ROLE"}
    env["DATABASE_URL"] = into
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        raise CommandError(f"Nobody is let in: `{words[0]}` failed. {last}")
    return done.stdout
