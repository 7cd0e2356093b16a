"""The connection: its transactions begin with the identity of whoever acts."""

import select

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

from edge import wall


class PoolerBetween(ImproperlyConfigured):
    """The address leads through a transaction pooler, which does not carry what this process needs."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Outside a transaction a member is never named, and the row policies show nothing.

    The machine is named for the whole connection, too: its role has no other identity, so that
    nothing leaks where others use the connection next.

    A pooler that lends a server's connection for one transaction is fine for the web: all that it
    says is said in a transaction. Nothing is prepared then, which would be prepared on another's
    connection. What stands in the session (the machine's name, a role that was put on) would be lost
    or lent to others: such a process is told so when it connects.
    """

    # Whether the server's session is shared with others, who may have left something in it.
    is_shared = False

    def init_connection_state(self) -> None:
        machine = wall.current() == wall.MACHINE
        # Asked first: Django puts a role on for the session, and it would be lent to others.
        self.is_shared = self._is_pooled()
        if self.is_shared:
            if machine or self.settings_dict["OPTIONS"].get("assume_role"):
                raise PoolerBetween(
                    "This process must reach PostgreSQL itself, not through a transaction pooler: "
                    "see docs/security/wall.md, Poolers."
                )
            self.connection.prepare_threshold = None
        super().init_connection_state()
        if machine:
            wall.tell_connection(self.connection, to_stay=True)

    def is_usable(self) -> bool:
        """Whether the server is still there, without asking it: it says nothing by itself but farewell,
        so a line on which nothing has come in is as good as one on which it has just answered."""
        if self.connection.closed:
            # Somebody has seen the end of it before us: there is nothing left to look at.
            return False
        quiet = not select.select([self.connection.fileno()], [], [], 0)[0]
        return bool(quiet or super().is_usable())

    def _is_pooled(self) -> bool:
        """Whether the process at the other end is another than the one that greeted us."""
        greeted = self.connection.info.backend_pid
        answered = self.connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()[
            0
        ]
        return bool(greeted != answered)

    def set_autocommit(self, autocommit: bool, *how: bool, **more: bool) -> None:  # noqa: FBT001 -- Django's
        super().set_autocommit(autocommit, *how, **more)
        # Where nobody is known yet, nothing was said to a session of our own that would have to be unsaid.
        if not autocommit and (wall.current() != wall.NOBODY or self._may_have_been_told()):
            wall.tell_connection(self.connection, to_stay=False)

    def _may_have_been_told(self) -> bool:
        """Whether somebody may stand in the session: the machine, whom tests put there, or whom others
        have left."""
        return (
            self.is_shared or wall.of_the_process() != wall.NOBODY or bool(settings.WALL_ROLES)
        )
