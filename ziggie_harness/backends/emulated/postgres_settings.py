"""How the lab's PostgreSQL servers are set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SETTINGS: Final = {
    # Nothing is listed here that would change what a client sees of PostgreSQL. A killed process loses no page that it
    # handed to the kernel, so a commit that was acknowledged survives kill -9 without fsync; only a crash of the
    # machine, which is nothing that a drill does, would lose it.
    "fsync": "off",
    "unix_socket_directories": "",
    # Shared memory in files of the data directory goes with the run; in /dev/shm it would outlive a killed server.
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    # A replica that is cut off must not fill the disk of its source (RDS sets no bound; defect G39 of the guide).
    "max_slot_wal_keep_size": "256MB",
    # After a heal the connection resumes by itself while it lives; one that was given up is made again this soon.
    # PostgreSQL counts wall seconds: a cut that lasts minutes of drill time is usually over before these run out.
    "wal_retrieve_retry_interval": "100ms",
    "wal_receiver_timeout": "5s",
    "wal_sender_timeout": "5s",
    "log_line_prefix": "%m [%p] %b ",
    "timezone": "UTC",
}
"""The settings of every server, given on the command line: a base backup copies the files that could hold them."""

SETTINGS_SINCE: Final = {18: {"io_method": "sync"}}
"""Settings that an older major version refuses. A database this small has no use for processes that read ahead."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What one server has of its own beside the settings of every server."""

    settings: Mapping[str, str] = field(default_factory=dict)
    access_rules: str = ""
    """Its pg_hba.conf; without one, whoever is in the lab may come in."""
    resolv_conf: Path | None = None
    """By which the server itself resolves names, where it connects to another."""


def options(major: int, own: Mapping[str, str]) -> list[str]:
    """Return the options of the command line for a server of a major version with settings of its own."""
    settings = dict(SETTINGS)
    for since, added in SETTINGS_SINCE.items():
        if major >= since:
            settings |= added
    settings |= own
    return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
