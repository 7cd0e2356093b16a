"""What PostgreSQL writes into its own log when something goes wrong: never a word of a row."""

import os
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from agencies.models import Member
from demo import builders as make
from tests.conftest import owning

LOG = Path(os.environ.get("SAFEHAND_TEST_POSTGRES", "/nowhere")) / "logs" / "postgres.log"
NAME, LEAK = "Sarokanname", "Pelikanleak"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not LOG.exists(), reason="the server is not of this run's own"),
]


def attempts(sender: Member) -> list[tuple[str, list[str]]]:
    """Statements that fail, with the name in a value, in a literal, in a key and in a cast."""
    return [
        ("INSERT INTO agencies_member (username) VALUES (%s)", [NAME]),
        (f"SELECT * FROM nowhere WHERE name = '{NAME}'", []),
        (f"SELECT '{NAME}'::integer", []),
        ("SELECT %s::integer", [NAME]),
        (
            "UPDATE agencies_member SET username = %s WHERE username = %s",
            [make.make_member(username=NAME).username, sender.username],
        ),
        (f"SELECT 1 / 0, '{NAME}'", []),
    ]


def test_a_failing_statement_leaves_no_word_of_its_own(sender: Member) -> None:
    begins = LOG.stat().st_size
    for statement, values in attempts(sender):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
    with owning(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE LOG '{LEAK}'; END $$")

    told = LOG.read_bytes()[begins:].decode()
    # The server does write there, and the search would find it.
    assert LEAK in told
    assert NAME not in told
