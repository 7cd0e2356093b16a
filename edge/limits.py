"""How much one caller may ask for in a while, counted in PostgreSQL, so that no restart forgives it."""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

# Alone in its own transaction, before the request's: what is refused counts too, and nobody waits
# for the rest of somebody's request. That it may be lost in a crash costs a second of counting, and
# not to wait for the disk is worth more.
COUNT = """
    WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO edge_asked AS row (who, what, since, count)
    SELECT %s, %s, %s, 1 FROM quick
    ON CONFLICT (who, what) DO UPDATE SET
        count = CASE WHEN row.since = excluded.since THEN row.count + 1 ELSE 1 END,
        since = excluded.since
    RETURNING count
"""


def name_of(kind: str, value: str) -> str:
    """What a caller is counted under: keyed, so that the table names no network and no token."""
    return salted_hmac("edge.limits", f"{kind}\x1f{value}", algorithm="sha256").hexdigest()[:32]


def count(who: str, what: str, *, at: dt.datetime) -> tuple[int, int]:
    """Count one more; by how many this is over the limit (0: within), and after how many seconds
    to come again."""
    most, seconds = settings.LIMITS[what]
    moment = int(at.timestamp())
    since = dt.datetime.fromtimestamp(moment - moment % seconds, dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [who, what, since])
        row = cursor.fetchone()
    assert row is not None, "an upsert returns its row"
    return max(0, row[0] - most), seconds - moment % seconds
