"""The loopback network: servers answer and refuse, callers claim a site, who is frozen is known, nothing is cut."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.lab.firewall import Guarded
from ziggie_harness.lab.locations import HERE
from ziggie_harness.lab.loopback import Loopback
from ziggie_harness.lab.sites import CHECKER_HOST, DNS_HOST, SERVICE_HOST, SITES, site_named
from ziggie_harness.lab.wire import Line, ask
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.ports import Network

PRIMARY, SECONDARY = "eu-north-1", "eu-west-1"
ADDRESS = site_named(PRIMARY).host(SERVICE_HOST)


@pytest.fixture
def network() -> Iterator[Network]:
    """Give a network, as the protocol that the one of namespaces fulfils, too."""
    with Loopback() as made:
        yield made


@pytest.fixture
def clock() -> Iterator[DrillClock]:
    """Give a running drill clock whose actor is the test."""
    with DrillClock() as running, running.actor("test"):
        yield running


@pytest.fixture
def listener(network: Network) -> Iterator[socket.socket]:
    """Listen at the primary's service address."""
    with socket.create_server(network.located(ADDRESS, 443)) as server:
        yield server


def test_a_caller_is_where_it_claims_to_be(network: Network, clock: DrillClock, listener: socket.socket) -> None:
    """Lines of two sites reach the same server, which learns from which site each comes."""
    for site in (PRIMARY, CLIENTS):
        with Line(clock, network, site, ADDRESS, 443) as line:
            line.connect(clock.now() + 1.0)
            connection, caller = listener.accept()
            connection.close()
            assert network.site_of(*caller) == site


def test_who_claims_nothing_is_outside_of_every_region(network: Network, listener: socket.socket) -> None:
    """A stranger on this machine is taken for a client."""
    with socket.create_connection(listener.getsockname()):
        connection, caller = listener.accept()
        connection.close()
    assert network.site_of(*caller) == CLIENTS


def test_a_health_checker_sends_from_its_site(network: Network, clock: DrillClock, listener: socket.socket) -> None:
    """Its own address in the site is not to be seen; the site is."""
    checkers = Guarded(network, CHECKER_HOST)
    with Line(clock, checkers, SECONDARY, ADDRESS, 443, checkers.address(SECONDARY)) as line:
        line.connect(clock.now() + 1.0)
        connection, caller = listener.accept()
        connection.close()
    assert network.site_of(*caller) == SECONDARY


def test_a_place_without_a_server_refuses(network: Network, clock: DrillClock) -> None:
    """At once, as a host does whose server crashed."""
    with Line(clock, network, CLIENTS, ADDRESS, 443) as line, pytest.raises(ConnectionRefusedError, match=ADDRESS):
        line.connect(clock.now() + 1.0)


def test_datagrams_are_answered(network: Network, clock: DrillClock) -> None:
    """A question goes to where a name server's address is, and tells its site."""
    place = (site_named("edge").host(DNS_HOST), 53)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(network.located(*place))

        def answer() -> None:
            data, peer = server.recvfrom(512)
            server.sendto(data + network.site_of(*peer).encode(), peer)

        with clock.actors("server") as actors:
            actors.start("server", answer)
            assert ask(clock, network, SECONDARY, place, b"from ", clock.now() + 5.0) == b"from eu-west-1"


def test_addresses_of_the_lab_belong_to_sites(network: Network) -> None:
    """As in the network of namespaces; others belong to none."""
    assert [network.site_of(site.host(SERVICE_HOST)) for site in SITES] == [site.name for site in SITES]
    with pytest.raises(LabError, match="belongs to no site"):
        network.site_of("10.0.0.1")


def test_a_frozen_server_is_known_by_either_place(network: Network) -> None:
    """The harness asks by the lab's address, a process that was told where a server really is by that."""
    located = network.located(ADDRESS, 5432)
    changes: list[int] = []
    network.on_change.append(lambda: changes.append(1))
    with network.silent(ADDRESS, 5432, "it is frozen"):
        assert network.stalled(CLIENTS, ADDRESS, 5432) == "it is frozen"
        assert network.stalled(CLIENTS, *located) == "it is frozen"
        assert network.stalled(CLIENTS, ADDRESS, 443) is None
        with pytest.raises(LabError, match="silent already"), network.silent(*located, "again"):
            pass
    assert network.stalled(CLIENTS, ADDRESS, 5432) is None
    assert len(changes) == 2


def test_nothing_can_be_cut(network: Network) -> None:
    """Who asks for it is told why not, and what would help."""
    with pytest.raises(LabError, match="cannot be made to vanish") as refused, network.isolated(PRIMARY):
        pass
    assert "network namespaces" in refused.value.hint
    with pytest.raises(LabError), network.severed(PRIMARY, SECONDARY):
        pass
    with pytest.raises(LabError, match="10% of the packets"), network.lossy(PRIMARY, SECONDARY, 0.1):
        pass
    with pytest.raises(LabError), Guarded(network, CHECKER_HOST).closed(PRIMARY):
        pass
    assert network.cuts() == frozenset()


def test_processes_start_where_this_one_is(network: Network) -> None:
    """There is no namespace to start them in, no view of names of their own, and no site that is none."""
    assert network.descriptor(PRIMARY) is None
    assert not network.own_names
    with network.inside(PRIMARY), socket.create_server(network.located(ADDRESS, 80)) as server:
        assert server.getsockname()[0] == HERE
    with pytest.raises(LabError, match="no site"):
        network.inside("mars")
