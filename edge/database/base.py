"""The connection: its transactions begin with the identity of whoever acts."""

from django.db.backends.postgresql import base

from edge import wall


class DatabaseWrapper(base.DatabaseWrapper):
    """Outside a transaction nothing is said, and the row policies show nothing."""

    def set_autocommit(self, autocommit: bool, *how: bool, **more: bool) -> None:  # noqa: FBT001 -- Django's
        super().set_autocommit(autocommit, *how, **more)
        if not autocommit:
            wall.tell_to(self.connection)
