"""Firewalls of sites: one host of every other site is kept out, in silence, and nobody else notices."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.lab.firewall import Guarded
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import SERVICE_HOST, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, PRIMARY, SECONDARY, HOST = "internet", "eu-north-1", "eu-west-1", 54
ADDRESS = site_named(PRIMARY).host(SERVICE_HOST)
SILENCE_SECONDS = 0.15


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """Make one network for all tests here."""
    try:
        with Network() as made:
            yield made
    except LabError as error:
        pytest.skip(str(error))


@pytest.fixture
def guarded(network: Network) -> Iterator[Guarded]:
    """Give the paths of a host, while somebody listens at the primary's service address."""
    with network.inside(PRIMARY):
        server = socket.create_server((ADDRESS, 443))
    with server:
        yield Guarded(network, HOST)


def reaches(guarded: Guarded, site: str, source: str = "") -> bool:
    """Connect from a site, by the guarded host unless another source is given, and say whether that worked."""
    with guarded.inside(site), socket.socket() as client:
        client.bind((source or guarded.address(site), 0))
        client.settimeout(SILENCE_SECONDS)
        try:
            client.connect((ADDRESS, 443))
        except TimeoutError:
            return False
        return True


def test_a_closed_firewall_keeps_one_host_out(guarded: Guarded) -> None:
    """The host of every other site meets silence, others of the same sites do not, and it ends with the block."""
    with guarded.closed(PRIMARY):
        assert not reaches(guarded, CLIENT)
        assert not reaches(guarded, SECONDARY)
        assert reaches(guarded, CLIENT, site_named(CLIENT).host(100))
        assert reaches(guarded, PRIMARY)
    assert reaches(guarded, CLIENT)


def test_who_is_kept_out_knows_why(guarded: Guarded, network: Network) -> None:
    """A wait of the host is in vain, and names the firewall; a cut between the sites is told as before."""
    with guarded.closed(PRIMARY):
        assert guarded.stalled(CLIENT, ADDRESS, 443) == "the firewall of eu-north-1 drops what comes from 81.2.69.54"
        assert guarded.stalled(PRIMARY, ADDRESS, 443) is None
        assert guarded.stalled(CLIENT, site_named(SECONDARY).host(SERVICE_HOST), 443) is None
        assert network.stalled(CLIENT, ADDRESS, 443) is None
    assert guarded.stalled(CLIENT, ADDRESS, 443) is None
    with network.severed(CLIENT, PRIMARY):
        assert guarded.stalled(CLIENT, ADDRESS, 443) == "packets from internet to eu-north-1 vanish"


def test_a_closed_firewall_opens_when_its_block_fails(guarded: Guarded) -> None:
    """Whatever ends the block, the host passes again."""
    with pytest.raises(KeyError), guarded.closed(PRIMARY):
        raise KeyError("anything")
    assert reaches(guarded, CLIENT)
