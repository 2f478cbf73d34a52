"""Firewalls at the borders of sites, which drop what one host of every other site sends.

They make a difference between senders of one site, which a cut between sites does not.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ziggie_harness.lab.sites import SITES, prefix_of, site_named

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from ziggie_harness.ports import Network


class Guarded:
    """The paths of the host with one number in each site, which firewalls may keep out."""

    def __init__(self, network: Network, host: int) -> None:
        """Keep nobody out yet; ``host`` is one of the numbers in sites.py."""
        self._network, self._host = network, host
        self._closed: dict[str, str] = {}

    def address(self, site: str) -> str:
        """Return the address that the host of a site sends from."""
        return site_named(site).host(self._host)

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Run a block with the calling thread in a site: sockets made in it stay there."""
        return self._network.inside(site)

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return where an address of the lab is."""
        return self._network.located(address, port)

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Let a socket that was made inside a site send from there."""
        self._network.settle(sock, site, source)

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Say why an exchange between the host of a site and an address cannot proceed now, or None."""
        far = prefix_of(address)
        if (closed := self._closed.get(far)) and site_named(site).prefix != far:
            return f"the firewall of {closed} drops what comes from {self.address(site)}"
        return self._network.stalled(site, address, port)

    @contextmanager
    def closed(self, site: str) -> Iterator[None]:
        """Close the firewall of a site to the host of every other site, for the block.

        What is sent within a site does not cross its border, and passes.
        """
        guarded = site_named(site)
        with ExitStack() as stack:
            for other in SITES:
                if other != guarded:
                    self._network.bar(self.address(other.name), guarded.name)
                    stack.callback(self._network.admit, self.address(other.name), guarded.name)
            stack.callback(self._closed.pop, guarded.prefix)
            self._closed[guarded.prefix] = guarded.name
            yield
