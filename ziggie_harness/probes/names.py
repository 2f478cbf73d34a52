"""Observers of DNS: what the zone's name servers answer, and what caches still believe."""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, Actors, World

EVERY_SECONDS: Final = 1.0


class Names:
    """Looks the public name up once a second: at the authority, and through the caches of clients and of the witness."""

    name: ClassVar[str] = "names"

    def observe(self, world: World, actors: Actors) -> None:
        """Record every answer that differs from the one before at its vantage, until stopped."""
        vantages = (CLIENTS, world.site(Role.WITNESS))
        last: dict[str, tuple[str, ...]] = {}
        while True:
            answers = [world.answered_by_authority(), *(world.resolved_at(vantage) for vantage in vantages)]
            for answer in answers:
                if last.get(answer.vantage) != answer.addresses:
                    last[answer.vantage] = answer.addresses
                    world.journal.record(answer)
            world.clock.sleep(EVERY_SECONDS)
