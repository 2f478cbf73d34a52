"""The programs that stand in for Ziggie: its API with a lease, and the witness that grants the lease."""
