"""`manage.py check_scenario FILE`: whether a scenario can be used, and all that is wrong in it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from practice.scenarios import NotAScenario, read


class Command(BaseCommand):
    help = "Look whether the file of a scenario can be used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            scenario = read(given["file"])
        except NotAScenario as fault:
            raise CommandError(str(fault)) from None
        self.stdout.write(
            f"{scenario.code} {scenario.version}: {len(scenario.steps)} steps, "
            f"{len(scenario.agencies)} agencies"
        )
