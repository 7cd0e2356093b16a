"""`manage.py check_bank FILE`: whether a file of questions can be used, and all that is wrong in it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from learning.questions import NotABank, read


class Command(BaseCommand):
    help = "Look whether a file of questions can be used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            bank = read(given["file"])
        except NotABank as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(
            f"{bank.topic} {bank.version}: {len(bank.slots)} slots, {len(bank.questions)} questions"
        )
