#!/usr/bin/env bash
# Becomes mongod as user mongodb, listening on all addresses unless told otherwise; any other command is run as is.
set -Eeuo pipefail

if [ "${1:0:1}" = - ]; then
  set -- mongod "$@"
fi

if [ "$1" = mongod ] && [ "$(id -u)" = 0 ]; then
  find /data/configdb /data/db ! -user mongodb -exec chown mongodb {} +
  exec setpriv --reuid mongodb --regid mongodb --init-groups -- "$BASH_SOURCE" "$@"
fi

if [ "$1" = mongod ] && [[ " $* " != *" --bind_ip"* ]]; then
  set -- "$@" --bind_ip_all
fi

exec "$@"
