"""Everybody who may be counted, in temporary tables of one transaction: who they are, and who knows them.

As the machine, which alone reads all agencies' rows. The key of the marks never goes to the database:
they are made here, of the handles, and handed over.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, transaction

from agencies import lists
from figures import sheets
from figures.knowing import KNOWERS

CHUNK = 20_000
# The tables, and what fills each; one after the other.
MADE: dict[str, str] = {
    "figures_case": "id bigint PRIMARY KEY, person_id bigint, opened_at timestamptz, owner_id bigint",
    "figures_linked": "person_id bigint, other_id bigint",
    "figures_knower": "person_id bigint, agency bigint",
    # Of each sheet: the secret behind the person's marks, those taken over, who knew of an erased
    # file of theirs, and the codes.
    "figures_secret": "person_id bigint, secret bytea",
    "figures_former": "person_id bigint, secret bytea",
    "figures_knew": "person_id bigint, agency bigint",
    "figures_fact": "person_id bigint, name varchar(40), code varchar(60)",
    "figures_alias": "person_id bigint PRIMARY KEY, rep bigint",
    "figures_name": "rep bigint, secret bytea",
    "figures_region": "district varchar(16) PRIMARY KEY, region varchar(8)",
    # Whom the same agencies know is of one kind: a number goes through the tables instead of them all.
    "figures_known": "rep bigint, knowers bigint[]",
    "figures_kind": "id integer PRIMARY KEY, knowers bigint[]",
    "figures_person": "person_id bigint PRIMARY KEY, rep bigint, secret bytea, day timestamptz, "
    "gender varchar(32), age_band varchar(8), region varchar(8), kind integer",
}
# Nobody who is made up is counted. Drafts are nobody's yet; a case that was closed as a duplicate is counted where the other stands;
# whoever was erased is counted no more.
CASES = """
    INSERT INTO figures_case
    SELECT c.id, c.person_id, c.opened_at, c.owner_id
    FROM cases_case c JOIN cases_person p ON p.id = c.person_id
    JOIN agencies_agency a ON a.id = c.owner_id
    WHERE c.opened_at < %(until)s AND c.closure <> 'duplicate' AND p.ring_key <> '' AND a.space = 0
"""
# Those of whom nothing was ever sealed have no handle yet. In the order in which all others hold sheets.
HANDLES = """
    INSERT INTO figures_sheet (person_id, handle)
    SELECT p.id, gen_random_uuid() FROM cases_person p
    WHERE p.ring_key <> ''
      AND EXISTS (
          SELECT 1 FROM cases_case c JOIN agencies_agency a ON a.id = c.owner_id
          WHERE c.person_id = p.id AND a.space = 0
          AND c.opened_at < %(until)s AND c.closure <> 'duplicate'
      )
      AND NOT EXISTS (SELECT 1 FROM figures_sheet s WHERE s.person_id = p.id)
    ORDER BY p.id
    ON CONFLICT DO NOTHING
"""
# Who was found to be one person.
LINKED = """
    INSERT INTO figures_linked
    SELECT e.person_id, l.person_id FROM cases_possibleduplicate d
    JOIN cases_case e ON e.id = d.earlier_id JOIN cases_case l ON l.id = d.later_id
    WHERE d.state = 'linked'
"""
# And who took over from one who was erased: they are that person, both.
HEIRS = """
    INSERT INTO figures_linked
    SELECT f.person_id, s.person_id FROM figures_former f
    JOIN (SELECT * FROM figures_secret UNION ALL SELECT * FROM figures_former) s USING (secret)
    WHERE f.person_id <> s.person_id
"""
PAIRS = """
    SELECT l.person_id, l.other_id,
           EXISTS (SELECT 1 FROM figures_case c WHERE c.person_id = l.person_id),
           EXISTS (SELECT 1 FROM figures_case c WHERE c.person_id = l.other_id)
    FROM figures_linked l
"""
# All names but their own under which somebody may have been counted, also where that file is no
# longer counted.
NAMES = """
    INSERT INTO figures_name
    SELECT a.rep, s.secret FROM figures_alias a JOIN figures_secret s USING (person_id)
    WHERE a.rep <> a.person_id
    UNION
    SELECT coalesce(a.rep, f.person_id), f.secret
    FROM figures_former f LEFT JOIN figures_alias a USING (person_id)
"""
# Every file counts, whatever became of it and whenever it was opened; only who is counted has limits.
KNOWER = """
    INSERT INTO figures_knower
    WITH file AS (SELECT id, owner_id, person_id AS rep FROM cases_case) {knowers}
"""
KNOWN = """
    INSERT INTO figures_known
    SELECT rep, array_agg(agency ORDER BY agency) FROM (
        SELECT coalesce(a.rep, k.person_id) AS rep, k.agency
        FROM (SELECT * FROM figures_knower UNION ALL SELECT * FROM figures_knew) k
        LEFT JOIN figures_alias a USING (person_id)
        GROUP BY 1, 2
    ) knower GROUP BY rep
"""
KINDS = """
    INSERT INTO figures_kind
    SELECT row_number() OVER (), knowers FROM (SELECT DISTINCT knowers FROM figures_known) k
"""
PEOPLE = """
    INSERT INTO figures_person
    WITH first AS (
        SELECT person_id, min(opened_at) AS day FROM figures_case GROUP BY 1
    )
    SELECT p.id, coalesce(a.rep, p.id), s.secret, f.day, p.gender, p.age_band,
           coalesce(d.region, ''), kind.id
    FROM first f JOIN cases_person p ON p.id = f.person_id
    JOIN figures_secret s ON s.person_id = p.id
    LEFT JOIN figures_alias a ON a.person_id = p.id
    JOIN figures_known k ON k.rep = coalesce(a.rep, p.id)
    JOIN figures_kind kind USING (knowers)
    LEFT JOIN figures_region d ON d.district = p.district
"""
# All of them: also a file that is counted no more may share a handle with one that is.
SHEETS = """
    SELECT s.person_id, p.uid, s.handle, s.content
    FROM figures_sheet s JOIN cases_person p ON p.id = s.person_id
"""


@transaction.atomic
def make_handles(*, until: dt.datetime) -> None:
    """Handles for whoever has none; by itself and before all else, as it keeps the sheets' rows."""
    run(HANDLES, until=until)


def gather(*, until: dt.datetime) -> None:
    """Fill the temporary tables with everybody whose case was opened before `until`.

    Each statement sees what is committed by then. So links and knowers come before the sheets: what an
    erasure meanwhile takes from them stands in the sheets.
    """
    for name, columns in MADE.items():
        make(name, columns)
    run(CASES, until=until)
    run(LINKED)
    run(KNOWER.format(knowers=KNOWERS))
    look_at("figures_case", "figures_linked", "figures_knower")
    _open_sheets()
    look_at("figures_secret", "figures_former")
    run(HEIRS)
    copy("figures_alias", _aliases())
    run(NAMES)
    copy("figures_region", ((d.code, d.region) for d in lists.districts().values()))
    look_at("figures_alias", "figures_name", "figures_knew")
    run(KNOWN)
    run(KINDS)
    look_at("figures_known", "figures_kind")
    run(PEOPLE)
    run("CREATE INDEX ON figures_person (rep)")
    run("CREATE INDEX ON figures_fact (person_id, name)")
    look_at("figures_person", "figures_fact")


def kinds() -> dict[int, tuple[int, ...]]:
    """The agencies that know the people of each kind, in order."""
    return {kind: tuple(knowers) for kind, knowers in rows("SELECT * FROM figures_kind")}


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
    """Put the lines into a temporary table. All are there before the first goes: what they are made of
    may be asked of the same connection."""
    ready = list(lines)
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as into:
        for line in ready:
            into.write_row(line)


def look_at(*names: str) -> None:
    """Tell the planner how large they have become."""
    for name in names:
        run(f"ANALYZE {name}")


def _open_sheets() -> None:
    """Read the sheets, a part at a time, and hand over what they say."""
    secret_of = sheets.secrets()
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE sheets NO SCROLL CURSOR FOR {SHEETS}")
    while found := rows(f"FETCH {CHUNK} FROM sheets"):
        copy("figures_secret", [(person, secret_of(handle)) for person, _, handle, _ in found])
        part = list(sheets.read(row for row in found if row[-1] is not None))
        copy(
            "figures_former",
            [(s.person, secret_of(each)) for s in part for each in s.former],
        )
        copy("figures_knew", [(s.person, agency) for s in part for agency in s.knew])
        copy("figures_fact", [(s.person, *fact) for s in part for fact in s.facts])
    run("CLOSE sheets")


def _aliases() -> Iterator[tuple[int, int]]:
    """Who was found to be one person, each with the first of them who is counted at all. Also those
    who are no longer: they may have been, and their agencies know the person."""
    pairs = rows(PAIRS)
    counted = {
        person
        for first, second, *there in pairs
        for person, is_there in zip((first, second), there, strict=True) if is_there
    }  # fmt: skip
    for same in components((first, second) for first, second, *_ in pairs):
        if them := same & counted:
            yield from ((person, min(them)) for person in sorted(same))


def components(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Those who hang together, however many links lie between them."""
    of: dict[int, set[int]] = {}
    for pair in pairs:
        less, more = sorted((of.get(each, {each}) for each in pair), key=len)
        more |= less
        of.update(dict.fromkeys(less, more))
        of.update(dict.fromkeys(pair, more))
    return list({id(each): each for each in of.values()}.values())
