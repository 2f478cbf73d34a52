"""What the faults have in common that lose packets of a region's links: they differ in how many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


@contextmanager
def lossy_links(world: World, target: Role, share: float) -> Iterator[None]:
    """Lose a share of the packets between a region and every other place, both ways, for the block."""
    site = world.site(target)
    with ExitStack() as losses:
        for outsider in world.outsiders(site):
            losses.enter_context(world.lose(site, outsider, share))
            losses.enter_context(world.lose(outsider, site, share))
        yield


def counted(world: World, target: Role, share: float) -> str | None:
    """Send datagrams between clients and the region, both ways; tell what was lost, or None if it is too little.

    Too little is less than a third of the share. Of 200 datagrams of which each is lost once in ten times, 6 or fewer
    are lost once in 5,000 times, and the drill asks for a proof up to three times.
    """
    site = world.site(target)
    there, back = world.share_lost(CLIENTS, site), world.share_lost(site, CLIENTS)
    if min(there, back) < share / 3:
        return None
    return f"{there:.0%} of the datagrams from clients to {site} are lost, and {back:.0%} of those from it"
