"""Whether the database is being restored: then nobody comes in until that is over."""

import time

from django.db import connection

# A schema of this name stands in the database from before its first row comes back until what a
# restore must do again is done. Any process of any machine sees it.
MARK = "safehand_restoring"
LOOK_EVERY = 5.0
_seen: dict[str, float | bool] = {"at": -LOOK_EVERY, "restoring": False}


def is_restoring() -> bool:
    """Asked anew every few seconds while the service is open, each time while it is not."""
    now = time.monotonic()
    if _seen["restoring"] or now - _seen["at"] >= LOOK_EVERY:
        # Before any transaction and whoever asks; but a line that died since the last request is noticed
        # and made anew as for any other question, or this would answer for the others with a fault.
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        with connection.wrap_database_errors:
            row = connection.connection.execute(
                "SELECT to_regnamespace(%s) IS NOT NULL", [MARK]
            ).fetchone()
        _seen["at"], _seen["restoring"] = now, bool(row and row[0])
    return bool(_seen["restoring"])
