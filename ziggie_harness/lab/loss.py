"""Links that lose a share of their packets: what is lost is counted, and whether this machine can do it is tried."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import SITES, TEST_HOST, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from ziggie_harness import ports

DATAGRAMS: Final = 200
"""How many are counted at once: few enough that the receiver's buffer takes all of them (net.core.rmem_default)."""

QUIET_SECONDS: Final = 0.1
"""Wall seconds without a datagram after which none is on its way; one takes some 0.0001 s."""

DISCARD_PORT: Final = 9

TRIAL_SHARE: Final = 0.5


def share_lost(network: ports.Network, source: str, destination: str, datagrams: int = DATAGRAMS) -> float:
    """Send datagrams from one site to another, and return the share that did not arrive.

    The share of 200 is within 0.17 of the link's own but for once in a million times: five standard deviations of the
    binomial distribution, each at most 0.5 / sqrt(200) = 0.035.
    """
    place = site_named(destination).host(TEST_HOST), DISCARD_PORT
    with network.inside(destination):
        receiver = socket.socket(type=socket.SOCK_DGRAM)
    with receiver:
        receiver.bind(place)
        receiver.settimeout(QUIET_SECONDS)
        with network.inside(source):
            sender = socket.socket(type=socket.SOCK_DGRAM)
        with sender:
            for _ in range(datagrams):
                sender.sendto(b"counted", place)
        arrived = 0
        try:
            while arrived < datagrams:
                receiver.recv(len(b"counted"))
                arrived += 1
        except TimeoutError:
            pass
    return 1 - arrived / datagrams


def obstacle() -> str | None:
    """Lose packets in a network of its own, and return why this machine cannot, or None."""
    source, destination = SITES[0].name, SITES[1].name
    try:
        with Network() as network, network.lossy(source, destination, TRIAL_SHARE):
            lost = share_lost(network, source, destination)
    except LabError as error:
        return f"{error.what}: {error.why}; {error.hint}"
    # That none or all of 200 are lost happens once in 10^60 times.
    return None if 0 < lost < 1 else f"this machine was to lose {TRIAL_SHARE:.0%} of some packets and lost {lost:.0%}"
