"""AWS as the embedded backend has it, on a network of the lab, for the tests of its gateway."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ziggie_harness.backends.embedded.cloud import Cloud
from ziggie_harness.backends.embedded.moto_state import warm_up
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.network import Network
from ziggie_harness.model.errors import LabError


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
def surroundings(tmp_path: Path, certificates: CertificateAuthority) -> Iterator[Surroundings]:
    """Build AWS on the lab's network, the test being at work in it; skip where the machine has no namespaces."""
    warming = warm_up()
    with ExitStack() as stack:
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(tmp_path / "journal", clock))
        try:
            network = stack.enter_context(Network())
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        warming.join()
        stack.enter_context(clock.actor("the test"))
        cloud = stack.enter_context(Cloud(clock, network, journal, certificates, network.site_of))
        yield Surroundings(network, clock, journal, certificates, cloud)
