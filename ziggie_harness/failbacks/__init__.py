"""One way to move the service back to the primary region per file."""
