"""The parts of a restore drill that need the service's own eyes: `launch/drill.py` runs them, on
throw-away copies, and keeps what was found at the real one."""

import json
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from audit import keys, log
from cases import keycheck
from cases.erasure import erased_again
from config.console import operator, see_every_row
from custody import journal
from custody.models import CopyRun
from referral import drilling


class Command(BaseCommand):
    help = "Parts of `./safehand drill`."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("act", help="on a copy: withdraw some consents, erase somebody")
        verbs.add_parser("check", help="on a restored copy: what came back that may not")
        verbs.add_parser("keep", help="at the service: keep the figures on standard input")

    def handle(self, *_args: Any, **given: Any) -> None:
        see_every_row()
        verbs = {"act": self.acted, "check": self.counted, "keep": self.kept}
        self.stdout.write(json.dumps(verbs[given["verb"]]()))

    def acted(self) -> dict[str, Any]:
        now = timezone.now()
        found = drilling.withdraw_and_erase(at=now)
        while journal.file_waiting(at=now):
            pass
        return found

    def counted(self) -> dict[str, Any]:
        entries = journal.entries()
        stones = [each for each in entries if each["kind"] == journal.Kind.PERSON_ERASED]
        found: dict[str, Any] = {
            "consents_resurrected": drilling.live_again(entries),
            "erased_resurrected": len(erased_again(each["facts"]["uid"] for each in stones)),
            **keycheck.verify(sample=None, by=operator(), at=timezone.now()),
        }
        found["audit_verified"] = keys.public_key() is not None
        if found["audit_verified"]:
            call_command("audit", "verify", stdout=self.stderr)
        return found

    @transaction.atomic
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.load(sys.stdin)
        CopyRun.objects.create(
            kind=CopyRun.Kind.DRILL, name=found["name"], at=timezone.now(), well=found["well"],
            size=found["size"], seconds=found["seconds"], facts=found,
        )  # fmt: skip
        log.record(
            "backup.drilled", by=operator(), about=found["name"], facts={"well": found["well"]}
        )
        return {}
