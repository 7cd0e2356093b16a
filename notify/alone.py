"""One relay of a kind at a time, so that servers that hang hold one hand of the service each kind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as db

# A machine that is gone without a word is given up by PostgreSQL after half a minute, not two hours.
TAKE_LOCK = """
    SELECT pg_try_advisory_lock(%s), set_config('tcp_keepalives_idle', '15', false),
           set_config('tcp_keepalives_interval', '5', false),
           set_config('tcp_keepalives_count', '3', false)
"""


@contextmanager
def alone(lock: int) -> Iterator[bool]:
    """Whether no other holds the lock. It is the connection's: who dies leaves none."""
    with db.cursor() as cursor:
        cursor.execute(TAKE_LOCK, [lock])
        taken: bool = cursor.fetchone()[0]
    try:
        yield taken
    finally:
        if taken:
            with db.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
