"""Give the service's own database role exactly what it needs, and nothing that owns."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import IntegrityError, ProgrammingError, connection, transaction
from psycopg import sql

# What may only ever be added to. A trigger refuses the rest, even to the tables' owner.
APPEND_ONLY = ("audit_auditevent",)
# PostgreSQL: duplicate object, unique violation.
THERE_ALREADY = frozenset({"42710", "23505"})


class Command(BaseCommand):
    help = (
        "Create the role that web and worker connect as, and grant it its rights. Repeatable."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        role = sql.Identifier(settings.APP_ROLE)
        statements = [
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE ALL ON django_migrations FROM {role}",
            "GRANT SELECT ON django_migrations TO {role}",
            *(f"REVOKE UPDATE, DELETE ON {table} FROM {{role}}" for table in APPEND_ONLY),
            "GRANT {role} TO CURRENT_USER",
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.APP_ROLE])
            if cursor.fetchone() is None:
                self.create(role)
            for statement in statements:
                cursor.execute(sql.SQL(statement).format(role=role))

    def create(self, role: sql.Identifier) -> None:
        made = sql.SQL("CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(made.format(role=role))
        except (IntegrityError, ProgrammingError) as fault:
            # Roles belong to the server: another of its databases made this one in the meantime.
            if getattr(fault.__cause__, "sqlstate", None) not in THERE_ALREADY:
                raise
