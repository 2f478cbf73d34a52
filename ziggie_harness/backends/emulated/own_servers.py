"""What databases on servers of one's own have in common, and lack beside RDS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ziggie_harness.model.errors import LabError
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import Server


@contextmanager
def host_lost(server: Server) -> Iterator[None]:
    """Lose the host of a database for the block; nobody stands by."""
    try:
        server.kill()
        yield
    finally:
        server.start()


def no_backup(role: Role) -> LabError:
    """Return why no backup can begin: nobody backs these servers up."""
    return LabError(f"the database of the {role} region has no backup that could begin", hint="RDS has")
