"""Amazon S3: what replication configurations it refuses, which objects it copies, and why a copy fails."""
