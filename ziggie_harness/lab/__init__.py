"""The lab: regions as network namespaces, a certificate authority, and what this machine can do."""
