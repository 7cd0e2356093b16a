"""Everybody who may be counted, in temporary tables of one transaction: who they are, and who knows them.

As the machine, which alone reads all agencies' rows. The key of the marks never goes to the database:
they are made here, of the handles, and handed over.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, transaction

from agencies import lists
from figures import sheets

CHUNK = 20_000
# The tables, and what fills each; one after the other.
MADE: dict[str, str] = {
    "figures_case": "id bigint PRIMARY KEY, person_id bigint, opened_at timestamptz, owner_id bigint",
    "figures_secret": "person_id bigint PRIMARY KEY, secret bytea",
    "figures_alias": "person_id bigint PRIMARY KEY, rep bigint",
    "figures_member": "rep bigint, secret bytea",
    "figures_region": "district varchar(16) PRIMARY KEY, region varchar(8)",
    "figures_person": "person_id bigint PRIMARY KEY, rep bigint, secret bytea, day timestamptz, "
    "gender varchar(32), age_band varchar(8), region varchar(8), knowers bigint[]",
    "figures_fact": "person_id bigint, name varchar(40), code varchar(60)",
}
# Drafts are nobody's yet; a case that was closed as a duplicate is counted where the other stands;
# whoever was erased is counted no more.
CASES = """
    INSERT INTO figures_case
    SELECT c.id, c.person_id, c.opened_at, c.owner_id
    FROM cases_case c JOIN cases_person p ON p.id = c.person_id
    WHERE c.opened_at < %(until)s AND c.closure <> 'duplicate' AND p.ring_key <> ''
"""
# Those of whom nothing was ever sealed have no handle yet.
HANDLES = """
    INSERT INTO figures_sheet (person_id, handle)
    SELECT DISTINCT c.person_id, gen_random_uuid()
    FROM cases_case c JOIN cases_person p ON p.id = c.person_id
    WHERE c.opened_at < %(until)s AND c.closure <> 'duplicate' AND p.ring_key <> ''
      AND NOT EXISTS (SELECT 1 FROM figures_sheet s WHERE s.person_id = c.person_id)
    ON CONFLICT DO NOTHING
"""
# All names under which somebody may have been counted, also where the file is no longer counted.
MEMBERS = """
    INSERT INTO figures_member
    SELECT coalesce(a.rep, s.person_id), s.secret
    FROM figures_secret s LEFT JOIN figures_alias a USING (person_id)
"""
# Who has held a case of theirs, was to hold it, was asked for help, asked for it, or broke the glass:
# each has seen of the person what is counted here. Every file counts, whatever became of it and
# whenever it was opened; only who is counted has limits.
PEOPLE = """
    INSERT INTO figures_person
    WITH file AS (
        SELECT c.id, c.owner_id, coalesce(a.rep, c.person_id) AS rep
        FROM cases_case c LEFT JOIN figures_alias a ON a.person_id = c.person_id
    ), knower AS (
        SELECT rep, owner_id AS agency FROM file
        UNION SELECT f.rep, t.sender_id FROM referral_transfer t JOIN file f ON f.id = t.case_id
        UNION SELECT f.rep, t.receiver_id FROM referral_transfer t JOIN file f ON f.id = t.case_id
        UNION SELECT f.rep, r.receiver_id FROM referral_referral r JOIN file f ON f.id = r.case_id
              WHERE r.sent_at IS NOT NULL
        UNION SELECT f.rep, q.asker_id FROM referral_caserequest q JOIN file f ON f.id = q.case_id
        UNION SELECT f.rep, g.agency_id FROM guard_breakglass g JOIN file f ON f.id = g.case_id
    ), known AS (
        SELECT rep, array_agg(agency ORDER BY agency) AS knowers FROM knower GROUP BY rep
    ), first AS (
        SELECT person_id, min(opened_at) AS day FROM figures_case GROUP BY 1
    )
    SELECT p.id, coalesce(a.rep, p.id), s.secret, f.day, p.gender, p.age_band,
           coalesce(d.region, ''), k.knowers
    FROM first f JOIN cases_person p ON p.id = f.person_id
    JOIN figures_secret s ON s.person_id = p.id
    LEFT JOIN figures_alias a ON a.person_id = p.id
    JOIN known k ON k.rep = coalesce(a.rep, p.id)
    LEFT JOIN figures_region d ON d.district = p.district
"""
LINKED = """
    SELECT e.person_id, l.person_id FROM cases_possibleduplicate d
    JOIN cases_case e ON e.id = d.earlier_id JOIN cases_case l ON l.id = d.later_id
    WHERE d.state = 'linked'
"""


@transaction.atomic
def make_handles(*, until: dt.datetime) -> None:
    """Handles for whoever has none; by itself and before all else, as it keeps the sheets' rows."""
    run(HANDLES, until=until)


def gather(*, until: dt.datetime) -> None:
    """Fill the temporary tables with everybody whose case was opened before `until`."""
    for name, columns in MADE.items():
        make(name, columns)
    run(CASES, until=until)
    copy("figures_alias", _aliases())
    copy("figures_secret", sheets.marks_of(_handles()))
    run(MEMBERS)
    copy("figures_region", ((d.code, d.region) for d in lists.districts().values()))
    _look_at("figures_case", "figures_secret", "figures_alias", "figures_member")
    run(PEOPLE)
    copy("figures_fact", sheets.facts_of(_sealed()))
    run("CREATE INDEX ON figures_person (rep)")
    run("CREATE INDEX ON figures_fact (person_id, name)")
    _look_at("figures_person", "figures_fact")


def scatter() -> None:
    """Leave nothing of it behind, not even until the transaction ends."""
    for name in MADE:
        run(f"DROP TABLE IF EXISTS {name}")


def make(name: str, columns: str) -> None:
    """An empty temporary table, in place of one that is still there."""
    run(f"DROP TABLE IF EXISTS pg_temp.{name}")
    run(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")


def run(statement: str, **words: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, words or None)


def rows(statement: str, **words: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, words or None)
        return list(cursor.fetchall())


def copy(name: str, lines: Iterable[tuple[Any, ...]]) -> None:
    """Put the lines into a temporary table, a part at a time: they may be read from here as well."""
    for part in _parts(lines):
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {name} FROM STDIN") as into,
        ):
            for line in part:
                into.write_row(line)


def _parts(lines: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    part: list[tuple[Any, ...]] = []
    for line in lines:
        part.append(line)
        if len(part) == CHUNK:
            yield part
            part = []
    yield part


def _look_at(*names: str) -> None:
    """Tell the planner how large they have become."""
    for name in names:
        run(f"ANALYZE {name}")


def _handles() -> Iterator[tuple[int, uuid.UUID]]:
    yield from _by_person(
        "SELECT s.person_id, s.handle FROM figures_sheet s "
        "WHERE s.person_id > %(last)s AND ("
        "EXISTS (SELECT 1 FROM figures_case c WHERE c.person_id = s.person_id) OR "
        "EXISTS (SELECT 1 FROM figures_alias a WHERE a.person_id = s.person_id)) "
        "ORDER BY s.person_id LIMIT %(most)s"
    )


def _sealed() -> Iterator[tuple[int, uuid.UUID, bytes | None]]:
    yield from _by_person(
        "SELECT s.person_id, p.uid, s.content FROM figures_sheet s "
        "JOIN cases_person p ON p.id = s.person_id JOIN figures_person f ON f.person_id = p.id "
        "WHERE s.person_id > %(last)s AND s.content IS NOT NULL "
        "ORDER BY s.person_id LIMIT %(most)s"
    )


def _by_person(statement: str) -> Iterator[tuple[Any, ...]]:
    last = 0
    while found := rows(statement, last=last, most=CHUNK):
        yield from found
        last = found[-1][0]


def _aliases() -> Iterator[tuple[int, int]]:
    """Who was found to be one person, each with the first of them who is counted at all. Also those
    who are no longer: they may have been, and their agencies know the person."""
    pairs = rows(LINKED)
    ids = sorted({person for pair in pairs for person in pair})
    there = {
        person
        for (person,) in rows(
            "SELECT DISTINCT person_id FROM figures_case WHERE person_id = ANY (%(ids)s)",
            ids=ids,
        )
    }
    for same in components(pairs):
        if counted := same & there:
            yield from ((person, min(counted)) for person in sorted(same))


def components(pairs: Iterable[tuple[Any, ...]]) -> list[set[int]]:
    """Those who hang together, however many links lie between them."""
    found: list[set[int]] = []
    for pair in pairs:
        touched = [each for each in found if each & set(pair)]
        found = [each for each in found if each not in touched]
        found.append(set(pair).union(*touched))
    return found
