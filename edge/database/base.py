"""The connection: its transactions begin with the identity of whoever acts."""

from django.db.backends.postgresql import base

from edge import wall


class DatabaseWrapper(base.DatabaseWrapper):
    """Outside a transaction a member is never named, and the row policies show nothing.

    The machine is named for the whole connection, too: its role has no other identity, so that
    nothing leaks where others use the connection next.
    """

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if wall.current() == wall.MACHINE:
            wall.tell_connection(self.connection, to_stay=True)

    def set_autocommit(self, autocommit: bool, *how: bool, **more: bool) -> None:  # noqa: FBT001 -- Django's
        super().set_autocommit(autocommit, *how, **more)
        if not autocommit:
            wall.tell_connection(self.connection, to_stay=False)
