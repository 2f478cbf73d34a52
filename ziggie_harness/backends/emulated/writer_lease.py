"""The writer's lease as a failover takes it: asked for until granted, then kept alive until the promotion is done."""

from __future__ import annotations

from ziggie_harness.model.topology import Lease
from ziggie_harness.ports import Actors, Clock, Paths, Signal
from ziggie_harness.service.lease import Claim, Witness, acquire, appoint, commit


class WriterLease:
    """Takes the lease for a region. The region's own service takes over once its database accepts writes."""

    def __init__(  # noqa: PLR0913 - who asks whom for what
        self, clock: Clock, paths: Paths, actors: Actors, *, witness: Witness, name: str, declared: Lease
    ) -> None:
        """Ask ``witness`` for the lease of that name; ``actors`` keep it alive meanwhile."""
        self._clock, self._paths, self._actors = clock, paths, actors
        self._witness, self._name, self._declared = witness, name, declared
        self._handed_over: Signal | None = None

    def obstacle(self, site: str) -> str | None:
        """Ask for the lease from a site, on behalf of the region there; return why it was not granted, or None."""
        reason = self._claim(site)
        if reason is None and self._handed_over is None:
            done = self._handed_over = self._clock.signal()
            self._actors.start(f"lease of {site}", lambda: self._keep(site, done))
        return reason

    def appoint(self, site: str, caller: str) -> str | None:
        """Have the lease go to the region of a site and nobody else; return why the witness will not, or None."""
        return appoint(self._clock, self._paths, caller, self._witness, self._wanted(site))

    def commit(self, site: str, caller: str) -> str | None:
        """Have the lease stay with the region of a site until somebody decides; return why it will not, or None."""
        return commit(self._clock, self._paths, caller, self._witness, self._wanted(site))

    def claim(self, claim: Claim, caller: str) -> str | None:
        """Ask the witness for a lease of any name, from a site; return why it was not granted, or None."""
        return acquire(self._clock, self._paths, caller, self._witness, claim)

    def hand_over(self) -> None:
        """Stop keeping the lease alive: the promoted region's service renews it from now on."""
        if self._handed_over is not None:
            self._handed_over.set()
            self._handed_over = None

    def _claim(self, site: str) -> str | None:
        """Ask the witness once."""
        return acquire(self._clock, self._paths, site, self._witness, self._wanted(site))

    def _wanted(self, site: str) -> Claim:
        """Return the claim of the region of a site, without an epoch: its database is about to be promoted."""
        return Claim(self._name, site, self._declared.lease_seconds)

    def _keep(self, site: str, done: Signal) -> None:
        """Renew at the declared pace until the lease is handed over."""
        while not done.wait(self._clock.now() + self._declared.renew_seconds):
            self._claim(site)
