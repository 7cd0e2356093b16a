#!/bin/sh
# Runs once, when the database is made: the roles that web and worker log in as. All others, and
# every right, are made by `manage.py roles`, which runs after each migration.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
  -v web="$(cat "$WEB_PASSWORD_FILE")" -v worker="$(cat "$WORKER_PASSWORD_FILE")" <<'SQL'
CREATE ROLE safehand_web LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'web';
CREATE ROLE safehand_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'worker';
SQL
