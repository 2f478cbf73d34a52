"""How far a subscriber is behind its publisher, asked before each jump of the drill's clock."""

from __future__ import annotations

import threading
from typing import Final

from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_questions import Questions
from ziggie_harness.backends.emulated.postgres_replication import position
from ziggie_harness.backends.emulated.postgres_session import SilentServer
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network

VAIN_ERRORS: Final = 3
"""So many errors at one place and the subscriber will not get past it; a link that broke is one error."""

REACHED: Final = (
    "SELECT pg_current_wal_flush_lsn(), s.confirmed_flush_lsn, w.replay_lsn, s.wal_status"
    " FROM pg_get_replication_slots() s LEFT JOIN pg_stat_get_wal_senders() w ON w.pid = s.active_pid"
)
"""What is written and how far it was applied: the replay position, for a slot is told only what is on disk there."""

APPLIES: Final = (
    "SELECT s.subenabled, t.apply_error_count FROM pg_subscription s"
    " JOIN pg_stat_subscription_stats t ON t.subid = s.oid"
)


class LogicalReplication:
    """The stream of a subscription. A publisher's slot is named after the subscription."""

    def __init__(
        self, publisher: PostgresServer, subscriber: PostgresServer, subscription: str, network: Network
    ) -> None:
        """Watch two servers; connections are made when they are first needed."""
        self.publisher, self.subscriber, self.subscription = publisher, subscriber, subscription
        self._network = network
        self._questions = Questions()
        self._stuck_at, self._errors_then = "", 0
        self._lock = threading.Lock()

    def obstacle(self) -> str | None:
        """Say by how much the subscriber is behind when it is catching up, for which the clock has to wait.

        None too when waiting would be in vain: the path is cut, who applies is stopped, a server is dead or frozen,
        nobody subscribes any more, the slot lost what is missing, or one change fails again and again.
        """
        publisher = self.publisher
        cut = self._network.stalled(self.subscriber.site, publisher.address, publisher.port)
        if cut or self.subscriber.replay_stopped or self._nothing_moves():
            return None
        return self._told(catching_up=True)

    def lag(self) -> str | None:
        """Say by how much the subscriber is behind, whether it can catch up or not; None when it has everything."""
        return None if self._nothing_moves() else self._told(catching_up=False)

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._questions.close()

    def follows(self) -> bool:
        """Say whether the subscriber applies what is sent, and has everything."""
        with self._lock:
            try:
                missing, confirmed, status = self._missing()
                return bool(status) and missing <= 0 and not self._vain(confirmed)
            except LabError:
                return False

    def _told(self, *, catching_up: bool) -> str | None:
        """Return how far the subscriber is behind, as a sentence, or None."""
        with self._lock:
            try:
                missing, confirmed, status = self._missing()
                if missing <= 0 or (catching_up and (status == "lost" or self._vain(confirmed))):
                    return None
            except SilentServer as error:
                if not catching_up or self._nothing_moves():
                    return None
                return f"{self.subscriber.name} or its publisher does not answer: {error.what}"
            except LabError:
                # It refuses: it was just killed, or starts, which whoever starts it waits for.
                return None
        return f"{self.subscriber.name} is behind {self.publisher.name} by {missing:,} bytes"

    def _missing(self) -> tuple[int, str, str]:
        """Return how many bytes the subscriber has not applied, what its slot confirmed, and the slot's state."""
        rows = self._questions.ask(self.publisher, f"{REACHED} WHERE s.slot_name = '{self.subscription}'")
        if not rows:
            return 0, "", ""
        written, confirmed, applied, status = rows[0]
        reached = max(position(place) for place in (confirmed or "0/0", applied or "0/0"))
        return position(written) - reached, confirmed, status

    def _vain(self, confirmed: str) -> bool:
        """Say whether the subscriber applies nothing, or fails at the change behind what it confirmed."""
        rows = self._questions.ask(self.subscriber, f"{APPLIES} WHERE s.subname = '{self.subscription}'")
        if not rows or rows[0][0] != "t":
            return True
        errors = int(rows[0][1])
        if confirmed != self._stuck_at:
            self._stuck_at, self._errors_then = confirmed, errors
        return errors - self._errors_then >= VAIN_ERRORS

    def _nothing_moves(self) -> bool:
        """Say whether one of the servers is dead or frozen."""
        return any(server.frozen or not server.alive() for server in (self.publisher, self.subscriber))
