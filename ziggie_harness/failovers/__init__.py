"""One way to move the service to the secondary region per file."""
