"""`./safehand backup`: everything, sealed for somebody who is not here."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from audit import log
from config import env
from config.backup.age import NotSealed
from config.backup.make import Hollow, make
from config.backup.manifest import DATABASE, KEYS, Manifest
from config.backup.programs import ProgramFailed
from config.console import operator
from custody import journal
from custody.models import CopyRun


class Command(BaseCommand):
    help = "Copy the whole database, sealed for --recipient; the ring of keys apart."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=Path("backups"))
        parser.add_argument("--keys-to", type=Path, help="default: a folder keys/ under --to")
        parser.add_argument("--recipient", action="append", default=[], help="age1...")
        parser.add_argument("--unrecorded", action="store_true", help="for a drill")

    def handle(self, *_args: Any, **given: Any) -> None:
        begun, now = time.monotonic(), timezone.now()
        journal.file_waiting(at=now)
        ring = Path(settings.KEY_RING_FILE) if settings.KEY_RING_FILE else None
        try:
            folder, told = make(
                address(),
                to=given["to"],
                keys_to=given["keys_to"] or given["to"] / "keys",
                ring=ring,
                recipients=given["recipient"] or settings.BACKUP_RECIPIENTS,
                at=now,
            )
        except (NotSealed, Hollow, ProgramFailed) as fault:
            raise CommandError(str(fault)) from None
        seconds = time.monotonic() - begun
        if not given["unrecorded"]:
            _record(told, seconds)
        self.stdout.write(str(folder))
        self.stdout.write(
            f"{sum(told.rows.values())} rows, {told.files[DATABASE]['size']} bytes, {seconds:.1f} s"
        )
        if KEYS in told.files:
            self.stdout.write(
                "Take the sealed ring of keys to another place than the database."
            )


def address() -> str:
    """Of a role that reads every row: BACKUP_DATABASE_URL, or else the one of this process."""
    return env.text("BACKUP_DATABASE_URL", "") or env.text("DATABASE_URL")


@transaction.atomic
def _record(told: Manifest, seconds: float) -> None:
    size, rows = told.files[DATABASE]["size"], sum(told.rows.values())
    facts = {"rows": rows, "newest_event": told.newest_event, "tombstones": told.tombstones}
    CopyRun.objects.create(
        kind=CopyRun.Kind.BACKUP, name=told.name, at=told.at, well=True, size=size,
        seconds=round(seconds, 2), facts=facts,
    )  # fmt: skip
    log.record("backup.made", by=operator(), about=told.name, facts={"size": size, **facts})
