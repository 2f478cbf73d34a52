"""The control plane of RDS for PostgreSQL, as AWS documents it: instances, their states, the rules of its API."""
