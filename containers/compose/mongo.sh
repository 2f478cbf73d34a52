#!/bin/bash
# Runs a member of the replica set.
set -euo pipefail
exec docker-entrypoint.sh mongod \
  --replSet "$REPLICA_SET" --bind_ip "127.0.0.1,$ADDRESS" --nounixsocket --wiredTigerCacheSizeGB 0.25 --oplogSize 256 \
  --keyFile /run/ziggie/mongo.key --tlsMode requireTLS --tlsCertificateKeyFile "/run/ziggie/$CERTIFICATE.pem" \
  --tlsCAFile /run/ziggie/ca.pem --tlsAllowConnectionsWithoutCertificates \
  --setParameter tlsWithholdClientCertificate=true \
  --setParameter diagnosticDataCollectionEnabled=false \
  --setParameter shutdownTimeoutMillisForSignaledShutdown=1000
