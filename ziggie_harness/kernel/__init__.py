"""Mechanism without subject: clock, waiting, processes, namespaces, journal, registry."""
