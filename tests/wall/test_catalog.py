"""The second wall as PostgreSQL's own catalogue tells it: no table, role or function without a place."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.wall import roles
from config.wall.build import NAMES_OF_POLICIES, Unclassified, build
from config.wall.policies import OPEN, POLICIES
from edge import wall
from tests.conftest import owning


def ask(question: str, *values: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, list(values))
        return list(cursor.fetchall())


def do(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.django_db
def test_every_table_has_a_policy_or_a_reason_for_none() -> None:
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    tables.add(MigrationRecorder.Migration._meta.db_table)
    assert tables == POLICIES.keys() | OPEN.keys()
    assert not POLICIES.keys() & OPEN.keys()


@pytest.mark.django_db
def test_the_policies_in_the_database_are_those_that_are_written_down() -> None:
    walled = ask(
        """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
           AND relkind IN ('r', 'p') AND relrowsecurity AND relforcerowsecurity"""
    )
    assert {name for (name,) in walled} == POLICIES.keys()
    found = ask(
        "SELECT tablename, policyname, roles::text[], permissive FROM pg_policies"
        " WHERE schemaname = 'public'"
    )
    assert {policy for _, policy, _, _ in found} <= set(NAMES_OF_POLICIES)
    whose = {"owner": roles.OWNER, "machine": roles.WORKER, "member": roles.WEB}
    for name, role in whose.items():
        rows = [(table, to) for table, policy, to, _ in found if policy == name]
        assert sorted(rows) == [(table, [role]) for table in sorted(POLICIES)]
    others = {
        "counted": (roles.REPORT, roles.COUNTED),
        "sealed": (roles.SEALER, roles.SEALED),
        "seals": (roles.SEALER, roles.SEALS),
    }
    for name, (role, tables) in others.items():
        rows = [(table, to) for table, policy, to, _ in found if policy == name]
        assert sorted(rows) == [(table, [role]) for table in sorted(tables)]


@pytest.mark.django_db(transaction=True)
def test_a_new_table_stops_the_release_until_somebody_says_who_may_see_it() -> None:
    with owning():
        do("CREATE TABLE cases_forgotten (id int)")
        try:
            with pytest.raises(Unclassified, match="cases_forgotten"):
                build()
        finally:
            do("DROP TABLE cases_forgotten")


@pytest.mark.django_db(transaction=True)
def test_building_it_again_changes_nothing_and_mends_what_was_torn() -> None:
    with owning():
        assert build() == []
        do("ALTER TABLE cases_note DISABLE ROW LEVEL SECURITY", "COMMENT ON SCHEMA wall IS ''")
        assert build() != []
    row = ask("SELECT relrowsecurity FROM pg_class WHERE oid = 'cases_note'::regclass")
    assert row == [(True,)]


@pytest.mark.django_db
def test_nothing_belongs_to_whoever_logs_in() -> None:
    owners = ask(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'wall')"
    )
    assert owners == [(roles.OWNER,)]
    attributes = ask(
        """SELECT rolname, rolcanlogin, rolbypassrls,
                  rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
           FROM pg_roles WHERE rolname LIKE 'safehand_%%' ORDER BY rolname"""
    )
    assert attributes == [
        (role.name, role.logs_in, role.past_the_wall, False)
        for role in sorted(roles.ROLES, key=lambda role: role.name)
    ]
    memberships = ask(
        """SELECT m.rolname, r.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid
           JOIN pg_roles m ON m.oid = a.member WHERE m.rolname LIKE 'safehand_%%' ORDER BY 1, 2"""
    )
    assert memberships == sorted(
        (role.name, role.member_of) for role in roles.ROLES if role.member_of
    )


@pytest.mark.django_db(transaction=True)
def test_no_statement_of_the_service_runs_for_ever() -> None:
    with owning():
        build()

    found = ask(
        """SELECT rolname, setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
           JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = current_database()
           ORDER BY 1"""
    )
    assert found == [
        (roles.WEB, ["statement_timeout=20s", "lock_timeout=10s"]),
        (roles.WORKER, ["statement_timeout=280s", "lock_timeout=30s"]),
    ]


@pytest.mark.django_db
def test_no_view_looks_past_the_policies() -> None:
    views = ask(
        """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
           AND relkind IN ('v', 'm')
           AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)"""
    )
    assert views == []


@pytest.mark.django_db
def test_the_functions_that_act_for_their_owner_are_known() -> None:
    """Each has a fixed search path, so that nobody puts an object of their own in its way."""
    found = ask(
        """SELECT p.proname, r.rolname, p.proconfig FROM pg_proc p
           JOIN pg_roles r ON r.oid = p.proowner
           WHERE p.prosecdef AND p.pronamespace <> 'pg_catalog'::regnamespace ORDER BY 1"""
    )
    path = ["search_path=pg_catalog, pg_temp"]
    assert found == [
        ("answered_case", roles.OWNER, path),
        ("answered_code", roles.OWNER, path),
        ("cases_of", roles.OWNER, path),
        ("identity", roles.OWNER, path),
        ("is_doubled", roles.OWNER, path),
        ("is_handing_over", roles.OWNER, path),
        ("is_here", roles.OWNER, path),
        ("is_named", roles.OWNER, path),
        ("is_recipient", roles.OWNER, path),
        ("of_here", roles.OWNER, path),
        ("owns", roles.OWNER, path),
        ("referrals_counted", roles.REPORT, path),
        ("unsealed_since", roles.SEALER, path),
        ("usual_answers", roles.REPORT, path),
        ("works_here", roles.OWNER, path),
    ]


@pytest.mark.django_db
def test_the_log_is_added_to_and_never_changed() -> None:
    for role in (roles.WEB, roles.WORKER, roles.SEALER):
        for table in roles.APPEND_ONLY:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                asked = ask("SELECT has_table_privilege(%s, %s, %s)", role, table, right)
                assert asked == [(False,)], (role, table, right)


@pytest.mark.django_db
def test_the_key_that_signs_who_asks_is_read_by_nobody_who_logs_in() -> None:
    for role in (roles.WEB, roles.WORKER, roles.SEALER, roles.BACKUP, roles.REPORT, roles.APP):
        asked = ask("SELECT has_table_privilege(%s, 'wall.key', 'SELECT')", role)
        assert asked == [(False,)], role


def test_the_signature_is_an_hmac() -> None:
    """RFC 4231, test case 2, by the pads that the database keeps."""
    import hashlib  # noqa: PLC0415 -- beside its only use

    from config.wall.build import pads  # noqa: PLC0415 -- the same

    inner, outer = pads(b"Jefe")
    told = b"what do ya want for nothing?"
    mac = hashlib.sha256(outer + hashlib.sha256(inner + told).digest()).hexdigest()
    assert mac == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert len(wall.key()) == hashlib.sha256().digest_size
