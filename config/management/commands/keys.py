"""`./safehand keys`: the ring of keys as it stands, a new key, a trial of all, the end of one."""

import json
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases import keycheck
from config.console import operator, see_every_row
from custody import destruction, rotation, state
from edge import phrases
from kernel.errors import RingUnusable, SafehandError


class Command(BaseCommand):
    help = "The ring of keys: list, rotate, verify, destroy."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="each key, its age, and how much hangs on it")
        verbs.add_parser("rotate", help="make a new key and move everything to it")
        verify = verbs.add_parser("verify", help="try every key; open what is sealed")
        verify.add_argument("--sample", type=int, help="so many persons instead of all")
        verify.add_argument("--json", action="store_true")
        destroy = verbs.add_parser("destroy", help="destroy a key that two people gave up")
        destroy.add_argument("key")

    def handle(self, *_args: Any, **given: Any) -> None:
        verbs: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self.list, "rotate": self.rotate,
            "verify": self.verify, "destroy": self.destroy,
        }  # fmt: skip
        see_every_row()
        try:
            verbs[given["verb"]](given)
        except SafehandError as refusal:
            raise CommandError(str(phrases.of(refusal.code))) from None
        except RingUnusable as fault:
            raise CommandError(str(fault)) from None

    def list(self, _given: dict[str, Any]) -> None:
        for key in state.of_ring():
            made = f"{key.made_at:%Y-%m-%d}" if key.made_at else "unknown"
            mark = "current" if key.is_current else "opens only"
            held = ", ".join(f"{n} {table}" for table, n in key.hanging.items())
            self.stdout.write(
                f"{key.name}  made {made}  {mark}  {held or 'nothing hangs on it'}"
            )

    def rotate(self, _given: dict[str, Any]) -> None:
        now = timezone.now()
        moved = rotation.rotate(by=operator(), at=now, told=self.stdout.write)
        self.stdout.write(f"{moved} keys hang on the current key now.")

    def verify(self, given: dict[str, Any]) -> None:
        now = timezone.now()
        facts = keycheck.verify(sample=given["sample"], by=operator(), at=now)
        lines = (
            [json.dumps(facts)] if given["json"] else [f"{k}: {v}" for k, v in facts.items()]
        )
        self.stdout.write("\n".join(lines))
        if facts["keys_shut"] or facts["groups_shut"]:
            raise CommandError("Something does not open.")

    def destroy(self, given: dict[str, Any]) -> None:
        now = timezone.now()
        destruction.destroy(ring_key=given["key"], by=operator(), at=now)
        self.stdout.write(f"Key {given['key']} is destroyed.")
