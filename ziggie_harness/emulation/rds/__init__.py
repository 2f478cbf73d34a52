"""The control plane of RDS for PostgreSQL, as AWS documents it: instances, the rules of its API, the states it goes through."""
