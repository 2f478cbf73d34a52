"""One continuous observer per file."""
