#!/usr/bin/env bash
# Makes a cluster in $PGDATA when there is none and becomes the server, as user postgres; any other command is run as is.
#
# Of the original's variables it knows POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as
# a file, by NAME_FILE) and POSTGRES_HOST_AUTH_METHOD; *.sh and *.sql in /docker-entrypoint-initdb.d set a new cluster up.
set -Eeuo pipefail

# from_file NAME DEFAULT: let the variable be what the file named by NAME_FILE holds, or the default.
from_file() {
  local name=$1 file="$1_FILE" default=${2-}
  if [ -n "${!name-}" ] && [ -n "${!file-}" ]; then
    echo >&2 "both $name and $file are set: leave one out"
    exit 1
  fi
  if [ -n "${!file-}" ]; then
    default=$(< "${!file}")
  fi
  export "$name=${!name:-$default}"
  unset "$file"
}

make_directories() {
  install -d -m 0700 "$PGDATA"
  chmod 0700 "$PGDATA" || true
  install -d -m 3775 /var/run/postgresql || true
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" ! -user postgres -exec chown postgres {} +
    find /var/run/postgresql ! -user postgres -exec chown postgres {} +
  fi
}

make_cluster() {
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD-}" != trust ]; then
    echo >&2 "the superuser has no password: set POSTGRES_PASSWORD_FILE, or POSTGRES_HOST_AUTH_METHOD=trust"
    exit 1
  fi
  # shellcheck disable=SC2086 # several arguments in one variable, as in the original
  initdb --username="$POSTGRES_USER" ${POSTGRES_PASSWORD:+--pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")} \
    $POSTGRES_INITDB_ARGS
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
}

# Start a server for this machine alone, set the new cluster up, stop the server.
set_up() {
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@" -c listen_addresses= -p 5432)" -w start
  export PGPASSWORD=$POSTGRES_PASSWORD
  ask=(psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER")
  if [ "$POSTGRES_DB" != postgres ]; then
    echo 'CREATE DATABASE :"db"' | "${ask[@]}" --dbname postgres --set db="$POSTGRES_DB"
  fi
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) "${ask[@]}" --dbname "$POSTGRES_DB" --file "$file" ;;
    esac
  done
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
}

if [ "${1:0:1}" = - ]; then
  set -- postgres "$@"
fi

if [ "$1" = postgres ]; then
  make_directories
  if [ "$(id -u)" = 0 ]; then
    export HOME=/var/lib/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups -- "$BASH_SOURCE" "$@"
  fi
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    make_cluster
    set_up "${@:2}"
  fi
fi

exec "$@"
