"""Every index costs at every write: none says only what another says, too."""

import pytest
from django.db import connection

# What Django and its companions bring along.
NOT_OURS = ("auth_", "guardian_", "account_", "agencies_member_groups", "agencies_member_user_")
BEGINS_ANOTHER = """
    SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, j.indexrelid::regclass::text
    FROM pg_index i JOIN pg_index j ON i.indrelid = j.indrelid AND i.indexrelid <> j.indexrelid
    WHERE NOT i.indisunique AND i.indpred IS NULL AND j.indpred IS NULL AND i.indexprs IS NULL
      AND i.indnatts <= j.indnkeyatts
      AND (i.indkey::int2[])[0:i.indnatts - 1] = (j.indkey::int2[])[0:i.indnatts - 1]
      AND (i.indclass::oid[])[0:i.indnatts - 1] = (j.indclass::oid[])[0:i.indnatts - 1]
    ORDER BY 1, 2
"""


def beginnings() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(BEGINS_ANOTHER)
        return [row for row in cursor.fetchall() if not row[0].startswith(NOT_OURS)]


@pytest.mark.django_db
def test_no_index_is_only_the_beginning_of_another() -> None:
    assert beginnings() == []


@pytest.mark.django_db
def test_such_an_index_would_be_seen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("CREATE INDEX too_many ON cases_timelineentry (case_id)")
        cursor.execute("SET ROLE safehand_worker")

    assert ("cases_timelineentry", "too_many", "timeline_list") in beginnings()
