"""The load of a drill: begun before the disaster, ended before the failover, and accounted for at the end."""

from __future__ import annotations

from ziggie_harness.evidence.load_survey import survey
from ziggie_harness.kernel.ledger import attempts
from ziggie_harness.model.database_events import LoadBegun
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.history import Noted
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import Load, World


class Loading:
    """At most one load on the databases of a world."""

    def __init__(self) -> None:
        """Begin without one."""
        self._load: Load | None = None

    def begin(self, world: World, writes_per_second: int, *, whole_transfers: bool) -> None:
        """Let clients write at a constant rate from now on."""
        world.journal.record(LoadBegun(writes_per_second))
        self._load = world.load(writes_per_second, whole_transfers=whole_transfers)

    def end(self) -> None:
        """End it, if there is one: while it writes, no idleness is skipped."""
        if self._load is not None:
            self._load.stop()

    def account(self, world: World, role: Role) -> None:
        """Record what survived of it in a region, or why that cannot be read."""
        if self._load is None:
            return
        region = world.site(role)
        try:
            loaded = world.loaded(role)
            world.journal.record(survey(region, attempts(self._load.ledger), loaded.numbers()))
            world.journal.record(loaded.transfers())
        except ZiggieError as error:
            world.journal.record(Noted(f"what survived of the load in the {role} region cannot be read: {error}"))
