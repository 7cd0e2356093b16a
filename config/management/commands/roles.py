"""Put the second wall up: the database's roles, their rights and the row policies."""

from typing import Any

from django.core.management.base import BaseCommand

from config.wall.build import build


class Command(BaseCommand):
    help = "Create the database's roles, grant their rights and write the row policies. Repeatable."

    def handle(self, *_args: Any, **_options: Any) -> None:
        build()
