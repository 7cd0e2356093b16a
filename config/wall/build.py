"""Put the wall up, or find it standing: roles, rights, functions and policies. Repeatable."""

import hashlib

from django.db import IntegrityError, ProgrammingError, connection, transaction
from psycopg import sql

from audit import waiting
from config.wall import roles
from config.wall.identity import FUNCTIONS
from config.wall.policies import OPEN, POLICIES
from edge import wall
from referral import counting

# PostgreSQL: duplicate object, unique violation.
THERE_ALREADY = frozenset({"42710", "23505"})
BLOCK = 64
AS_MACHINE = "(SELECT wall.machine())"


class Unclassified(Exception):
    """A table that has neither a policy nor a reason for none."""


def build() -> list[str]:
    """Bring the database to what `config.wall` says; what was done, in words.

    Raises Unclassified for a table that nobody has thought about.
    """
    tables = _tables()
    unknown = sorted(tables - set(POLICIES) - set(OPEN))
    if unknown:
        raise Unclassified(f"say in config/wall/policies.py who may see {', '.join(unknown)}")
    for role in roles.ROLES:
        _make(role)
    statements = _statements(tables)
    print_of_all = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('safehand wall'))")
        # Before the wall is found standing: a copy that comes back brings the wall, but not these.
        for setting in _patience():
            cursor.execute(setting)
        cursor.execute(
            "SELECT obj_description(to_regnamespace('wall'), 'pg_namespace') = %s",
            [print_of_all],
        )
        if cursor.fetchone() == (True,):
            return []
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(
            sql.SQL("COMMENT ON SCHEMA wall IS {}").format(sql.Literal(print_of_all))
        )
    return statements


def _tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
            "AND relnamespace = 'public'::regnamespace"
        )
        return {name for (name,) in cursor.fetchall()}


def _statements(tables: set[str]) -> list[str]:
    return [
        *_schema(),
        *(line for table in sorted(tables) for line in _owned(table)),
        *(line for table in sorted(set(POLICIES) & tables) for line in _walled(table)),
        *_rights(),
    ]


def _schema() -> list[str]:
    inner, outer = pads(wall.key())
    return [
        "CREATE SCHEMA IF NOT EXISTS wall",
        FUNCTIONS,
        counting.FUNCTIONS,
        waiting.FUNCTIONS,
        "DELETE FROM wall.key",
        f"INSERT INTO wall.key VALUES ('\\x{inner.hex()}', '\\x{outer.hex()}')",  # noqa: S608 -- two numbers of ours
        f"ALTER SCHEMA wall OWNER TO {roles.OWNER}",
        f"ALTER TABLE wall.key OWNER TO {roles.OWNER}",
        "REVOKE ALL ON wall.key FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA wall TO {roles.APP}, {roles.REPORT}, {roles.SEALER}",
        *(
            f"ALTER FUNCTION wall.{name} OWNER TO {owner}"
            for name, owner in (
                ("identity()", roles.OWNER),
                ("answered_code()", roles.OWNER),
                ("answered_case()", roles.OWNER),
                ("is_here(bigint)", roles.OWNER),
                ("of_here(bigint)", roles.OWNER),
                ("works_here(bigint)", roles.OWNER),
                ("owns(bigint)", roles.OWNER),
                ("cases_of(bigint)", roles.OWNER),
                ("is_recipient(bigint)", roles.OWNER),
                ("is_handing_over(bigint)", roles.OWNER),
                ("is_doubled(bigint)", roles.OWNER),
                ("is_named(bigint)", roles.OWNER),
                *((name, roles.REPORT) for name in counting.NAMES),
                *((name, roles.SEALER) for name in waiting.NAMES),
            )
        ),
    ]


def _owned(table: str) -> list[str]:
    return [f'ALTER TABLE public."{table}" OWNER TO {roles.OWNER}']


def _walled(table: str) -> list[str]:
    name, rows = f'public."{table}"', POLICIES[table]
    new = rows.new or rows.seen
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        *(f"DROP POLICY IF EXISTS {old} ON {name}" for old in NAMES_OF_POLICIES),
        f"CREATE POLICY owner ON {name} TO {roles.OWNER} USING (true) WITH CHECK (true)",
        f"CREATE POLICY machine ON {name} TO {roles.WORKER} USING ({AS_MACHINE})",
        f"CREATE POLICY member ON {name} TO {roles.WEB} USING ({rows.seen}) WITH CHECK ({new})",
        *([f"CREATE POLICY counted ON {name} FOR SELECT TO {roles.REPORT} USING (true)"]
          if table in roles.COUNTED else []),
        *([f"CREATE POLICY sealed ON {name} FOR SELECT TO {roles.SEALER} USING (true)"]
          if table in roles.SEALED else []),
        *([f"CREATE POLICY seals ON {name} TO {roles.SEALER} USING (true)"]
          if table in roles.SEALS else []),
    ]  # fmt: skip


def _patience() -> list[sql.Composed]:
    """By role and database, not in the connection's options, which a pooler would refuse."""
    here = sql.Identifier(str(connection.settings_dict["NAME"]))
    return [
        sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
            sql.Identifier(role.name), here, sql.Identifier(name), sql.Literal(value)
        )
        for role in roles.ROLES
        for name, value in role.patience
    ]


NAMES_OF_POLICIES = ("owner", "machine", "member", "counted", "sealed", "seals")


def _rights() -> list[str]:
    app = roles.APP
    return [
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {app}, {roles.REPORT}, {roles.SEALER}, {roles.BACKUP}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app}",
        f"REVOKE ALL ON django_migrations FROM {app}",
        f"GRANT SELECT ON django_migrations TO {app}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {t} FROM {app}" for t in roles.APPEND_ONLY),
        *(f"GRANT SELECT ON {table} TO {roles.SEALER}" for table in roles.SEALED),
        *(f"GRANT SELECT, INSERT ON {table} TO {roles.SEALER}" for table in roles.SEALS),
        *(f"GRANT SELECT ON {table} TO {roles.REPORT}" for table in roles.COUNTED),
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {roles.BACKUP}",
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles.BACKUP}",
        f"GRANT USAGE ON SCHEMA wall TO {roles.BACKUP}",
        # So that one log-in may serve for all where there is only one, as in a trial.
        *(f"GRANT {role.name} TO CURRENT_USER" for role in roles.ROLES),
    ]


def _make(role: roles.DatabaseRole) -> None:
    """The role as it should be. Roles belong to the server, which may have other databases."""
    can = "LOGIN" if role.logs_in else "NOLOGIN"
    past = "BYPASSRLS" if role.past_the_wall else "NOBYPASSRLS"
    rights = f"{can} NOSUPERUSER NOCREATEDB NOCREATEROLE {past}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcanlogin, rolbypassrls, rolsuper FROM pg_roles WHERE rolname = %s",
            [role.name],
        )
        there = cursor.fetchone()
    if there is None:
        _once(f"CREATE ROLE {role.name} {rights}")
    elif there != (role.logs_in, role.past_the_wall, False):
        _once(f"ALTER ROLE {role.name} {rights}")
    if role.member_of:
        _once(f"GRANT {role.member_of} TO {role.name}")


def _once(statement: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except (IntegrityError, ProgrammingError) as fault:
        # Another database of this server made it in the meantime.
        if getattr(fault.__cause__, "sqlstate", None) not in THERE_ALREADY:
            raise


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The two blocks that HMAC hashes before what is signed (RFC 2104)."""
    block = key.ljust(BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
