"""Commands that act on everything: by whom, and over every row or not at all."""

import getpass

from django.db import connection

from audit import log


def operator() -> log.Machine:
    """Whoever sits at the machine, as the operating system knows them."""
    return log.Machine(f"console:{getpass.getuser()}"[:150], role="operator")


def see_every_row() -> None:
    """A role that row-level security would show a part only gets an error instead of the part."""
    with connection.cursor() as cursor:
        cursor.execute("SET row_security = off")
