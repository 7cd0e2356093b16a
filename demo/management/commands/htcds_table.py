"""Tell where every field of the Human Trafficking Case Data Standard lives."""

from typing import Any

from django.core.management.base import BaseCommand

from exchange.homes import HOMES, standard_fields

HEAD = """# HTCDS 2.0

Made by `./safehand manage htcds_table`; do not edit.

The Human Trafficking Case Data Standard is IOM's (UNMigration/HTCDS, CC BY 4.0; no endorsement is
suggested). Its list of fields is `cases/data/htcds_fields.csv`. Every field that is current has a
home below; `tests/cases/test_htcds.py` writes a value into each and reads it back by its name.

A field with two homes has what happened outside the service in the first, what happened inside it
in the second. Pick lists hold the standard's codes in its order, then ours, each of which names
the standard's code that a strict export uses instead: `GET codelists/`.

| field | where it lives | how it is stored |
| --- | --- | --- |
"""
TAIL = """
## Deprecated in the standard

Not stored; an import will accept them.

"""


class Command(BaseCommand):
    help = "Print where every HTCDS field lives; docs/htcds.md is made of this"

    def handle(self, *_args: Any, **_options: Any) -> None:
        lines = []
        for field in standard_fields():
            homes = HOMES[field.name]
            where = "; ".join(home.place for home in homes)
            how = "; ".join(dict.fromkeys(home.kept for home in homes))
            lines.append(f"| {field.name} | {where} | {how} |\n")
        deprecated = [f"* {field.name}\n" for field in standard_fields("DEPRECATED")]
        self.stdout.write(HEAD + "".join(lines) + TAIL + "".join(deprecated), ending="")
