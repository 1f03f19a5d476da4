#!/bin/bash
# Makes the bot's database and its two roles: the owner, who migrates, and the weaker role of the running bot. What is
# there already is kept, and gets the passwords of the files. The PostgreSQL image runs it at its first start; elsewhere
# run it as a superuser: SECRETS=deploy/secrets PGHOST=… PGPASSWORD=… deploy/database.sh
set -euo pipefail

export SECRETS=${SECRETS:-/run/secrets}

# psql reads the passwords from their files, so that no list of processes shows them.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\set owner_password `cat "$SECRETS/owner_password"`
\set running_password `cat "$SECRETS/running_password"`
SELECT 'CREATE ROLE ' || one FROM unnest(ARRAY['backstop_owner', 'backstop_app']) AS one
    WHERE one NOT IN (SELECT rolname FROM pg_roles) \gexec
ALTER ROLE backstop_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE backstop_app LOGIN PASSWORD :'running_password';
SELECT 'CREATE DATABASE backstop OWNER backstop_owner'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'backstop') \gexec
REVOKE CONNECT ON DATABASE backstop FROM PUBLIC;
GRANT CONNECT ON DATABASE backstop TO backstop_owner, backstop_app;
SQL
