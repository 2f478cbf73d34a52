"""Writers at a constant rate on a MongoDB replica set: one transaction after the other, and a ledger of their answers.

Each transaction transfers something between two accounts, too. It goes to the primary, through MongoDB's own driver,
and is acknowledged as the declared write concern has it. The load ends when it is told to, or when an answer never
comes: that transaction is indeterminate. It is at work for as long as it lives, so the drill's clock skips nothing
meanwhile; only while no answer can come does it rest.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.service.mongo_database import MongoDatabase
from ziggie_harness.service.store import Budget, DatabaseError

if TYPE_CHECKING:
    from ziggie_harness.kernel.ledger import Ledger
    from ziggie_harness.kernel.process_clock import ProcessClock
    from ziggie_harness.service.mongo_database import Documents
    from ziggie_harness.service.settings import LoadSettings, MongoSettings

TRANSACTIONS_A_SECOND: Final = 20
"""At most; a higher rate of writes makes larger transactions. A majority takes some 0.01 s to acknowledge one."""

PATIENCE_SECONDS: Final = 10.0
"""When a client gives up on an answer."""

SLICE_SECONDS: Final = 0.05
"""How often, in wall time, a pause looks whether the end was told."""


class MongoLoad:
    """One run of the writers."""

    def __init__(self, clock: ProcessClock, settings: LoadSettings, database: MongoSettings, ledger: Ledger) -> None:
        """Know where to write, how fast, and where to keep account."""
        self._clock, self._settings, self._ledger = clock, settings, ledger
        self._size = max(1, settings.writes_per_second // TRANSACTIONS_A_SECOND)
        self._pause_seconds = self._size / settings.writes_per_second
        self._database = MongoDatabase(clock, settings.site, database)
        self._next = 1
        self._told_to_end = False

    def end(self) -> None:
        """Send nothing more; what is under way is waited for."""
        self._told_to_end = True

    def run(self) -> str:
        """Write at the pace of the rate until told to end, or until an answer never comes; return why it ended.

        A delay of more than a second is not caught up.
        """
        due_seconds = self._clock.now()
        while not self._told_to_end:
            try:
                self._transfer()
            except DatabaseError as error:
                return error.reason
            due_seconds = max(due_seconds + self._pause_seconds, self._clock.now() - 1.0)
            self._pause_until(due_seconds)
        return "it was told to end"

    def _pause_until(self, due_seconds: float) -> None:
        """Pause in wall time, for the clock to go on at wall speed; no longer than until told to end."""
        while not self._told_to_end and (left := due_seconds - self._clock.now()) > 0:
            threading.Event().wait(min(left, SLICE_SECONDS))

    def _transfer(self) -> None:
        """Make the next transfer, between an entry in the ledger and another."""
        numbers = range(self._next, self._next + self._size)
        self._next = numbers.stop
        whole = self._settings.whole_transfers
        postings = [_posting(numbers.start, amount) for amount in ((-1, 1) if whole else (-1,))]
        self._ledger.sent(numbers, self._clock.now())
        try:
            self._make({"elements": [{"_id": number} for number in numbers], "postings": postings})
        except DatabaseError as error:
            outcome = Outcome.INDETERMINATE if error.may_be_applied else Outcome.REFUSED
            self._ledger.ended(numbers, outcome, self._clock.now())
            if error.may_be_applied:
                raise
            return
        self._ledger.ended(numbers, Outcome.ACKNOWLEDGED, self._clock.now())
        if not whole and numbers.start > 1:
            # The mistake: what left in one transaction arrives in another, one pause later.
            self._make({"postings": [_posting(numbers.start - self._size, 1)]})

    def _make(self, documents: Documents) -> None:
        """Make a transaction, as patiently as clients are. Raises DatabaseError."""
        until_seconds = self._clock.now() + PATIENCE_SECONDS
        self._database.transact(documents, Budget(until_seconds, lambda: None, lambda _: None))


def _posting(transfer: int, amount: int) -> dict[str, object]:
    """Return one half of a transfer."""
    return {"_id": f"{transfer} {amount:+d}", "transfer": transfer, "amount": amount}
