"""Amazon Route 53: its rules for changes and health checks, its routing, its name servers, its health checkers."""
