#!/bin/sh
# Make the role and the database of the bot on PostgreSQL 14 or newer, with the least rights: the role owns its
# own database, may connect to no other that is closed to PUBLIC, and is no superuser. Run again, it sets the
# password and the limit anew. Whom to connect to, and as whom, libpq's variables say (PGHOST, PGUSER, …).
#
#   BATCH_BOT_PASSWORD=… BATCH_BOT_PROCESSES=2 deploy/postgres-role.sh
#
# In compose.yaml, PostgreSQL's image runs it at its first start.
set -eu

: "${BATCH_BOT_PASSWORD:?set it: letters and digits need no encoding in DATABASE_URL}"
# Each process has 12 connections at most. One process more, for a rolling restart, and four for a backup,
# `check` and whoever looks.
BATCH_BOT_CONNECTIONS=$((12 * (${BATCH_BOT_PROCESSES:-2} + 1) + 4))
export BATCH_BOT_PASSWORD BATCH_BOT_CONNECTIONS

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "${PGUSER:-${POSTGRES_USER:-postgres}}" --dbname "${PGDATABASE:-postgres}" <<'SQL'
\getenv password BATCH_BOT_PASSWORD
\getenv connections BATCH_BOT_CONNECTIONS
SELECT 'CREATE ROLE batch_bot' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'batch_bot') \gexec
ALTER ROLE batch_bot LOGIN NOCREATEDB NOCREATEROLE
    CONNECTION LIMIT :connections PASSWORD :'password';
-- Who makes a database for a role has to be of that role, where he is no superuser.
SELECT 'GRANT batch_bot TO CURRENT_USER' WHERE NOT pg_has_role(CURRENT_USER, 'batch_bot', 'MEMBER') \gexec
SELECT 'CREATE DATABASE batch_bot' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'batch_bot') \gexec
ALTER DATABASE batch_bot OWNER TO batch_bot;
REVOKE ALL ON DATABASE batch_bot FROM PUBLIC;
SQL
