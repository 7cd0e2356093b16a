"""Make the tokens of identities anew, after the key was changed or before there were any."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from audit import log
from cases import duplicates
from cases.actions import matching
from kernel.each import each_alone

KEEPER = log.Machine("duplicates")


class Command(BaseCommand):
    help = "rebuild: the tokens of every identity under the ring's present key. Resumable."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["rebuild"])
        parser.add_argument("--most", type=int, default=0, help="so many persons, then stop")

    def handle(self, *_args: Any, **options: Any) -> None:
        with transaction.atomic():
            codes = list(duplicates.under_another_key())
        batch = codes[: options["most"]] if options["most"] else codes
        made: list[str] = []
        # A transaction each: what was made stays made, and the next run begins after it.
        each_alone(batch, lambda code: made.append(code) if _remake(code) else None)
        self.stdout.write(f"made anew: {len(made)}, left: {len(codes) - len(made)}")


def _remake(code: str) -> bool:
    return matching.remake(code=code, by=KEEPER, at=timezone.now())
