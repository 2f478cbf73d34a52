"""Where the lab's places are on one loopback: each at a port of its own, which stays, and which nobody else has."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from ziggie_harness.lab.locations import FIRST_PORT, HERE, LAST_PORT, PORTS_EACH, Locations
from ziggie_harness.lab.sites import SERVICE_HOST, SITES, site_named
from ziggie_harness.model.errors import LabError

ADDRESS = site_named("eu-north-1").host(SERVICE_HOST)


def test_every_place_has_a_port_of_its_own() -> None:
    """Address and port together are a place; asked again, it is where it was."""
    asked = [(site.host(host), port) for site in SITES for host in (10, 20, 30) for port in (443, 5432)]
    with Locations() as locations:
        found = [locations.of(*place) for place in asked]
        assert found == [locations.of(*place) for place in asked]
    assert len(set(found)) == len(asked)
    assert {address for address, _ in found} == {HERE}
    assert all(FIRST_PORT < port <= LAST_PORT for _, port in found)


def test_what_is_not_of_the_lab_is_where_it_says() -> None:
    """A place that was located already stays, and so does any port."""
    with Locations() as locations:
        located = locations.of(ADDRESS, 443)
        assert locations.of(*located) == located
        assert locations.of(ADDRESS, 0) == (HERE, 0)
        assert locations.of("10.0.0.1", 443) == ("10.0.0.1", 443)


def test_two_networks_share_no_port() -> None:
    """Workers play at the same time, each with the same addresses at other ports."""
    with ExitStack() as stack:
        found = [stack.enter_context(Locations()).of(ADDRESS, 443) for _ in range(20)]
    assert len(set(found)) == len(found)


def test_a_port_that_a_stranger_has_is_passed_over() -> None:
    """Of TCP or of UDP, as a name server listens at both."""
    with Locations() as locations, ExitStack() as stack:
        _, first = locations.of(ADDRESS, 443)
        for kind, port in ((socket.SOCK_STREAM, first + 1), (socket.SOCK_DGRAM, first + 2)):
            stranger = stack.enter_context(socket.socket(socket.AF_INET, kind))
            stranger.bind((HERE, port))
        assert locations.of(ADDRESS, 444) == (HERE, first + 3)


def test_there_is_an_end_of_places() -> None:
    """Whoever needs more than there are is told."""
    with Locations() as locations, pytest.raises(LabError, match=f"all of its {PORTS_EACH} ports"):
        [locations.of(ADDRESS, port) for port in range(1, PORTS_EACH + 1)]


def test_callers_are_given_other_ports() -> None:
    """Else a caller could have the port of a server that was killed when that starts again."""
    setting = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not setting.exists():
        pytest.skip("this system does not tell which ports it gives to callers")
    first, last = (int(number) for number in re.findall(r"\d+", setting.read_text(encoding="ascii")))
    if (first, last) != (32_768, 60_999):
        pytest.skip("this machine's ports were set by somebody")
    assert first > LAST_PORT
