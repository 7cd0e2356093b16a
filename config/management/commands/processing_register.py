"""Print the part of the register of processing that no database is asked for."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from pages.registersheets import Sheet, every_table, from_data
from pages.registerwords import CLASSES
from rights import register

HEAD = """# Register of processing

Made by `./safehand manage processing_register`; do not edit.

What GDPR, article 30, asks for, as far as the program itself says it. The page "Register of
processing" adds what an installation knows: the controller, recipients, transfers, time limits. How it
is made, and what to do about a new column: `docs/security/register-of-processing.md`.

TO BE CHECKED BY COUNSEL: the legal bases are named by article and were not checked for any country.

"""


class Command(BaseCommand):
    help = "Print classes, purposes and columns; docs/register.md is made of this"

    def handle(self, *_args: Any, **_options: Any) -> None:
        with translation.override("en"):
            classes = [f"* {kind}: {words}\n" for kind, words in CLASSES.items()]
            tables = [_table(sheet) for sheet in [*from_data(), every_table()]]
        said = [HEAD, f"Version: {register.version()}\n\n", *classes, *tables]
        self.stdout.write("".join(said), ending="")


def _table(sheet: Sheet) -> str:
    lines = [sheet.head, ["---"] * len(sheet.head), *sheet.rows]
    rows = "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines
    )
    return f"\n## {sheet.title}\n\n{rows}"
