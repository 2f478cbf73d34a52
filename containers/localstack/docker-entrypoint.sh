#!/bin/sh
# Becomes LocalStack; any command given is run in its place.
if [ "$#" -gt 0 ]; then
  exec "$@"
fi
exec python -m localstack.runtime.main
