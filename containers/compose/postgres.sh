#!/bin/bash
# Runs the PostgreSQL of a region: `primary`, or `replica` of the server at $SOURCE, whose data it copies first.
set -euo pipefail

if [ "$1" = replica ] && [ ! -e "$PGDATA/copied" ]; then
  install -d -m 0700 -o postgres -g postgres "$PGDATA"
  # A copy that was interrupted is none.
  find "$PGDATA" -mindepth 1 -delete
  # Passwords cannot be bound to a certificate that is signed by Ed25519, which has no digest of its own (RFC 5929 §4).
  # Its client looks for certificates in the home of whom the environment names, and may not see root's.
  HOME=/var/lib/postgresql setpriv --reuid postgres --regid postgres --init-groups pg_basebackup \
    --pgdata="$PGDATA" --slot="$SLOT" --wal-method=stream --checkpoint=fast --write-recovery-conf \
    --dbname="host=$SOURCE user=replicator passfile=/run/ziggie/replicator.pgpass sslmode=verify-full \
              sslrootcert=/run/ziggie/ca.pem channel_binding=disable application_name=$SLOT"
  touch "$PGDATA/copied"
fi

exec docker-entrypoint.sh postgres \
  -c listen_addresses="$ADDRESS" \
  -c ssl=on -c ssl_cert_file="/run/ziggie/$CERTIFICATE.pem" -c ssl_key_file="/run/ziggie/$CERTIFICATE.key" \
  -c wal_level=replica -c max_wal_senders=10 -c max_replication_slots=10 -c max_slot_wal_keep_size=256MB \
  -c wal_retrieve_retry_interval=1s -c wal_receiver_timeout=5s -c wal_sender_timeout=5s \
  -c shared_buffers=16MB -c timezone=UTC
