"""The links of a region lose packets, by chance: everything arrives in the end, and some of it late.

Of 1,000 round trips 190 need a retransmission of TCP, which the kernel makes in real time.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.faults._lossy_links import counted, lossy_links
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

_SHARE: Final = 0.1


class PacketLoss:
    """Loses every tenth packet between a region and every other place on average, each by chance, both ways."""

    name: ClassVar[str] = "packet loss"
    phrase: ClassVar[str] = "the links of the {role} region lose a tenth of their packets"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.LOSS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Lose packets, for the block."""
        return lossy_links(world, target, _SHARE)

    def proof(self, world: World, target: Role) -> str | None:
        """Count the datagrams between clients and the region that are lost, both ways."""
        return counted(world, target, _SHARE)
