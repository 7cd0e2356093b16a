"""Fill an empty installation with the demonstration, and say who may log in."""

import json
import os
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from agencies.models import Agency
from demo.seed import seed


class Command(BaseCommand):
    help = "Seed the demonstration, once, and write the demo log-ins to a file (mode 0600)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", type=Path, required=True)

    def handle(self, *_args: Any, logins: Path, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demonstration (SAFEHAND_DEMO is not true).")
        aside = logins.with_suffix(".new")
        if Agency.objects.exists():
            if not logins.exists() and aside.exists():
                # The seed had committed when it was cut off, and this was all that was left.
                aside.replace(logins)
            if not logins.exists():
                raise CommandError(f"There are agencies already, but no {logins}.")
            return
        # The file is whole before the seed commits, and gets its name after.
        with transaction.atomic():
            write_private(aside, [asdict(login) for login in seed()])
        aside.replace(logins)


def write_private(path: Path, content: object) -> None:
    """Write JSON that only its owner may read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
