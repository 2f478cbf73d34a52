"""Do two databases hold the same: compared near the servers, in constant memory, down to the keys that differ."""
