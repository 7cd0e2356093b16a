#!/bin/sh
# Runs once, when the database is made: the role that web and worker log in as. Its rights are
# granted by `manage.py roles`, which runs after each migration.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
  -v password="$(cat "$APP_PASSWORD_FILE")" <<'SQL'
CREATE ROLE safehand_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
