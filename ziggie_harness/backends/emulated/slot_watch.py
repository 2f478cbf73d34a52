"""The owner's watch over replication slots: it tells somebody while there is still time to do something."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ziggie_harness.backends.emulated.data_tier import Duty
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_questions import Questions
from ziggie_harness.model.database_events import SlotAlarmed
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Journal

EVERY_SECONDS: Final = 30.0

LEFT: Final = (
    "SELECT slot_name, wal_status, greatest(safe_wal_size, 0) FROM pg_replication_slots WHERE safe_wal_size IS NOT NULL"
)
"""What may be written before a slot is lost; nothing for one that is lost or has no bound.

Source: PostgreSQL manual, pg_replication_slots, safe_wal_size.
"""


class SlotWatch:
    """A job on the server that keeps its log for standbys."""

    def __init__(self, journal: Journal, server: Callable[[], PostgresServer], alarm_bytes: int) -> None:
        """Tell when less than this is left of what may be written."""
        self._journal, self._server, self._alarm_bytes = journal, server, alarm_bytes
        self._questions = Questions()
        self._alarmed: set[str] = set()

    def duty(self) -> Duty:
        """Return what has to be done again and again."""
        return Duty("slot watch", EVERY_SECONDS, self._look)

    def _look(self) -> None:
        """Look at each slot, and tell once of each that has little left."""
        server = self._server()
        if server.frozen or not server.alive():
            return
        # A server that refuses or is silent tells nothing.
        with suppress(LabError):
            for slot, status, left in self._questions.ask(server, LEFT):
                if int(left) >= self._alarm_bytes:
                    self._alarmed.discard(slot)
                elif slot not in self._alarmed:
                    self._alarmed.add(slot)
                    self._journal.record(SlotAlarmed(server.site, slot, status, int(left)))
