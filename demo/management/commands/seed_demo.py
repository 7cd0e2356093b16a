"""Fill an empty installation with the demonstration, and say who may log in."""

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agencies.models import Agency
from demo.seed import seed


class Command(BaseCommand):
    help = "Seed the demonstration, once, and write the demo log-ins to a file (mode 0600)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", type=Path, required=True)

    def handle(self, *_args: Any, logins: Path, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demonstration (SAFEHAND_DEMO is not true).")
        if Agency.objects.exists():
            if not logins.exists():
                raise CommandError(f"There are agencies already, but no {logins}.")
            return
        # Written aside first: the file is there if and only if the seed has committed.
        aside = logins.with_suffix(".new")
        made = [asdict(login) for login in seed()]
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=1)
        aside.replace(logins)
