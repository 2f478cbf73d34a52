#!/bin/bash
# Sets a new primary up: who may come in, the service's database and the place that the replica holds.
set -euo pipefail

cat > "$PGDATA/pg_hba.conf" <<'RULES'
local   all         all                    trust
hostssl all         all        0.0.0.0/0   scram-sha-256
hostssl replication replicator 0.0.0.0/0   scram-sha-256
RULES

# The passwords are read by psql itself, so that no list of processes shows them.
psql -v ON_ERROR_STOP=1 --no-psqlrc --username postgres --dbname ziggie <<'SQL'
\set replicator `cat /run/ziggie/replicator.password`
\set ziggie `cat /run/ziggie/ziggie.password`
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
CREATE ROLE ziggie LOGIN PASSWORD :'ziggie';
ALTER DATABASE ziggie OWNER TO ziggie;
SELECT pg_create_physical_replication_slot('eu_west_1');
GRANT ALL ON SCHEMA public TO ziggie;
SET ROLE ziggie;
\i /run/schema.sql
SQL
