"""Do again what a copy must not undo. Run at each start before anybody comes in, and by
`restore`, which also ends what a restored service must not begin with."""

import json
import time
from dataclasses import asdict
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audit import keys
from config.console import see_every_row
from custody import journal
from custody.models import CopyRun
from referral import restoring
from referral.restoring import RESTORE


class Command(BaseCommand):
    help = "Erase again who was erased, end again what was ended, as the journals say."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", metavar="BACKUP", help="this backup was just restored")

    def handle(self, *_args: Any, **given: Any) -> None:
        begun, now = time.monotonic(), timezone.now()
        if given["after"]:
            # A copy of an older release first becomes one of this.
            call_command("migrate", verbosity=0, interactive=False)
        see_every_row()
        while journal.file_waiting(at=now):
            pass
        # First: what the replay itself has to tell is news, and goes out.
        found: dict[str, Any] = restoring.close_doors(by=RESTORE) if given["after"] else {}
        found |= asdict(restoring.replay(journal.entries(), by=RESTORE, at=now))
        if given["after"]:
            found["access_differs"] = len(restoring.differing_access(by=RESTORE, at=now))
            found["replay_seconds"] = round(time.monotonic() - begun, 2)
            CopyRun.objects.create(
                kind=CopyRun.Kind.RESTORE, name=given["after"], at=now, well=True,
                seconds=found["replay_seconds"], facts=found,
            )  # fmt: skip
            if keys.public_key() is None:
                self.stderr.write("The log was not checked: its public key is not here.")
            else:
                call_command("audit", "verify", stdout=self.stderr)
            call_command("roles")
        self.stdout.write(json.dumps(found))
