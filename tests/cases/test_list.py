"""The list of cases starts from the access table, whatever lies in the others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from psycopg.types.numeric import Int4
from pytest_django import DjangoAssertNumQueries

from agencies.models import Member
from agencies.roles import Role
from cases import access, queries
from config.wall import roles
from demo import builders as make
from referral.models import Referral

CASES, AGENCIES = 100_000, 300
# How often was asked this minute, who asks, the list, what the log says of it, and the two ends of
# the transaction (a savepoint, inside that of a test).
QUERIES = 6
WISHES = (
    queries.EVERYTHING,
    queries.Wanted(state="open"),
    queries.Wanted(risk="low"),
    queries.Wanted(risk="low", state="open"),
    queries.Wanted(nobody=True),
    queries.Wanted(late=True),
    queries.Wanted(ours=True),
)

# A large agency owns one case in twenty; the others share the rest; one is dormant: all of its
# cases are among the oldest. As in life, a third of the cases is referred to somebody else.
FILL = """
INSERT INTO auth_group (name) SELECT 'many ' || n FROM generate_series(1, %(agencies)s) n;
INSERT INTO cases_person (code, uid, ring_key, wrapped_key, age_band, gender, district, languages,
                          needs_interpreter, access_needs, version)
SELECT 'PR-' || n, gen_random_uuid(), '1', '\\x00', '30-38', 'Feminine', '', '{}', false, '{}', 1
FROM generate_series(1, %(cases)s) n;
INSERT INTO cases_case (code, person_id, owner_id, state, risk, source, registered_at, closure,
                        follow_ups, version)
SELECT 'XX-' || p.id, p.id, CASE WHEN row_number() OVER (ORDER BY p.id) %% 20 = 0 THEN %(large)s
                                 ELSE %(rest)s END,
       'open', 'low', 'other', now(), '', '{}', 1
FROM cases_person p WHERE p.code ~ '^PR-[0-9]+$' ORDER BY p.id;
WITH numbered AS (
  SELECT id, row_number() OVER (ORDER BY id) AS n FROM cases_case WHERE code LIKE 'XX-%%'
), groups AS (
  SELECT id, row_number() OVER (ORDER BY id) AS g FROM auth_group WHERE name LIKE 'many %%'
)
INSERT INTO cases_caseaccess (group_id, permission_id, content_object_id, because, source, scope,
                              since, due_at)
SELECT g.id, %(permission)s, c.id, k.because, 'XX-' || c.id || k.because, '{triage}', now(),
       now() - interval '1 day'
FROM numbered c
CROSS JOIN LATERAL (VALUES ('owner', CASE WHEN c.n %% 20 = 0 THEN 1
                                          WHEN c.n <= 2500 THEN 2
                                          ELSE 3 + (c.n * 7919) %% 297 END),
                           ('referred', CASE WHEN c.n %% 3 = 0 THEN 3 + (c.n * 104729) %% 297
                                             END)) AS k(because, g)
JOIN groups g ON g.g = k.g;
ANALYZE;
"""


@pytest.fixture
def many(sender: Member) -> list[int]:
    """A hundred thousand cases; the groups of a large, a dormant and a small agency. The sender's
    agency owns what the large one sees as its own."""
    values: dict[str, Any] = {
        "agencies": AGENCIES,
        "cases": CASES,
        "large": sender.agency_id,
        "rest": make.make_agency().pk,
        "permission": access.see_case(),
    }
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute(f"SET ROLE {roles.WORKER}")
    groups = Group.objects.filter(name__in=["many 1", "many 2", "many 299"]).order_by("pk")
    return list(groups.values_list("pk", flat=True))


def kept_apart(member: Member) -> int:
    """A member who is kept apart from a thousand of the cases, among others who are, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_exclusion (code, case_id, member_id, district, set_at) "
            "SELECT 'EX-' || id, id, CASE WHEN id %% 100 = 0 THEN %s ELSE %s END, '', now() "
            "FROM cases_case WHERE id %% 10 = 0",
            [member.pk, make.make_member().pk],
        )
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE cases_exclusion")
        cursor.execute(f"SET ROLE {roles.WORKER}")
    return member.pk


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def most_pages(role: Role, wanted: queries.Wanted) -> int:
    """To look at a case as well, or to be told of it by all its rows, costs one search more a line."""
    of_the_case = {"state", "risk", "nobody"} & set(wanted.parts())
    if not wanted.parts() or (of_the_case and role == Role.SUPERVISOR):
        return 450
    return 950 if of_the_case else 660


@pytest.mark.parametrize("role", [Role.SOCIAL_WORKER, Role.SUPERVISOR])
def test_the_list_reads_a_page_and_not_a_table(
    role: Role, many: list[int], sender: Member
) -> None:
    sender.role = role
    apart = kept_apart(sender)
    for principal in many:
        for wanted in WISHES:
            values = queries.list_values(
                sender, below=2**62, at=timezone.now(), wanted=wanted
            ) | {"principals": [Int4(principal), Int4(many[0])], "member": apart}
            query = queries.list_query(sender, wanted)
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", values)
                answer = cursor.fetchone()[0]
            plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
            scanned = {
                node["Relation Name"]
                for node in nodes(plan)
                if node["Node Type"] == "Seq Scan"
                and node["Relation Name"] != "agencies_agency"
            }
            assert scanned - {"agencies_member"} == set()
            assert plan["Actual Rows"] == 51
            read = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            assert read <= most_pages(role, wanted), wanted


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_one_and_for_three(
    count: int,
    sender: Member,
    signed_in: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(count):
        make.make_case(by=sender)
    client = signed_in(sender)

    with django_assert_num_queries(QUERIES):
        answer = client.get("cases/")

    assert len(answer.json()["results"]) == count


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("box", ["in", "out"])
def test_the_boxes_take_the_same_queries_for_one_and_for_three(
    count: int,
    box: str,
    sent: Referral,
    sender: Member,
    receiver: Member,
    signed_in: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(count - 1):
        make.make_sent(by=sender, service=sent.service)
    client = signed_in(receiver if box == "in" else sender)

    with django_assert_num_queries(QUERIES):
        answer = client.get("referrals/", {"box": box})

    assert len(answer.json()["results"]) == count


def test_a_page_goes_on_where_the_one_before_ended(sender: Member, signed_in: Any) -> None:
    codes = [make.make_case(by=sender).code for _ in range(53)]
    client = signed_in(sender)

    first = client.get("cases/").json()
    second = client.get("cases/", {"after": first["next"]}).json()

    assert [row["code"] for row in first["results"] + second["results"]] == codes[::-1]
    assert second["next"] is None
