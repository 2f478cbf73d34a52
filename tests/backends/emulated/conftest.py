"""AWS as the embedded backend has it, on a network of the lab, for the tests of its gateway."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ziggie_harness.backends.emulated import endpoints
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.moto_state import warm_up
from ziggie_harness.emulation.dns.resolver import Resolver
from ziggie_harness.emulation.dns.site_resolver import SiteResolver
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import DNS_HOST, site_named
from ziggie_harness.model.errors import LabError


@dataclass(frozen=True, slots=True)
class Bench:
    """A network, and the clock and journal of a drill."""

    network: Network
    clock: DrillClock
    journal: FileJournal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A network with AWS on it, and the clock and journal of the drill."""

    network: Network
    clock: DrillClock
    journal: FileJournal
    certificates: CertificateAuthority
    cloud: Cloud


@pytest.fixture(scope="session")
def certificates() -> Iterator[CertificateAuthority]:
    """Make one authority for all tests."""
    with tempfile.TemporaryDirectory() as directory:
        yield CertificateAuthority(Path(directory))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Build the lab's network, the test being at work in it; skip where the machine has no namespaces."""
    with ExitStack() as stack:
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(tmp_path / "journal", clock))
        try:
            network = stack.enter_context(Network([clock.stir]))
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        stack.enter_context(clock.actor("the test"))
        yield Bench(network, clock, journal)


@pytest.fixture
def surroundings(bench: Bench, certificates: CertificateAuthority) -> Iterator[Surroundings]:
    """Build AWS on the lab's network."""
    warm_up().join()
    network, clock, journal = bench.network, bench.clock, bench.journal
    with Cloud(clock, network, journal, certificates, network.site_of) as cloud:
        yield Surroundings(network, clock, journal, certificates, cloud)


def site_resolver(clock: DrillClock, network: Network, site: str) -> SiteResolver:
    """Make what resolves AWS's names for the processes of a site."""
    place = (site_named(site).host(DNS_HOST), 53)
    with network.inside(site):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    udp.bind(place)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(place)
    resolver = Resolver(clock, network, site, {})
    return SiteResolver(
        udp, tcp, clock=clock, table=endpoints.address_of, suffixes=["amazonaws.com"], resolver=resolver
    )
