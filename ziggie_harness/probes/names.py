"""Observers of DNS: what the zone's name servers answer, and what caches still believe."""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, Actors, World

EVERY_SECONDS: Final = 3.0

AGAIN_SECONDS: Final = 6.0
"""An answer that does not change is recorded again this often, as proof that somebody asked."""


class Names:
    """Looks the public name up every three seconds: at the authority, and through caches of clients and the witness."""

    name: ClassVar[str] = "names"

    def observe(self, world: World, actors: Actors) -> None:
        """Record each answer that differs from the one before at its vantage, and the others now and then."""
        vantages = (CLIENTS, world.site(Role.WITNESS))
        last: dict[str, tuple[tuple[str, ...], float]] = {}
        while True:
            answers = [world.answered_by_authority(), *(world.resolved_at(vantage) for vantage in vantages)]
            now = world.clock.now()
            for answer in answers:
                addresses, recorded = last.get(answer.vantage, ((), -AGAIN_SECONDS))
                if addresses != answer.addresses or now - recorded >= AGAIN_SECONDS:
                    last[answer.vantage] = (answer.addresses, now)
                    world.journal.record(answer)
            world.clock.sleep(EVERY_SECONDS)
