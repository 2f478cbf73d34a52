"""A small drill, sealed: what the tests of evidence judge, verify and read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.evidence.bundle import Bundle, sha256_of
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Checkout, Design, Machine, Planted, Promise, Provenance
from ziggie_harness.evidence.record import Retest, record_of
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.sbom import sbom
from ziggie_harness.evidence.signing import KEY_VARIABLE, SigningKey, signing_key
from ziggie_harness.kernel.journal import FileJournal, read_history
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.history import FaultProved, FaultStruck
from ziggie_harness.model.requirement import Requirement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROVENANCE = Provenance(
    drill="d1",
    requirement="REQ-DR-01",
    feature="Losing the primary region",
    scenario="The primary region goes dark",
    backend="embedded",
    clock="skipping",
    capabilities={Capability.DNS: Offer(Fidelity.EMULATED, "a name server of our own")},
    started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    ended=datetime(2026, 1, 2, 3, 4, 9, tzinfo=UTC),
    drill_seconds=412.0,
    skipped_seconds=400.0,
    seed=7,
    feature_text="Feature: Losing the primary region\n",
    design=Design(
        "name: ziggie\n",
        Planted("G11", "without fencing", {"fencing": None}),
        {"name": "ziggie", "fencing": None},
        Promise(900, 5, 30),
    ),
    checkout=Checkout("0123abc", dirty=False),
    machine=Machine.here(postgres="18.1"),
    approved_by="the release manager",
)
REQUIREMENT = Requirement(
    "REQ-DR-01",
    "Losing the primary region",
    "The API returns.",
    "guide §1",
    "Automated failover",
    "The primary region goes dark",
    frozenset({"REQ-DR-01", "must-fail", "caught-by-recovery-time"}),
    "features/losing.feature",
    12,
)
PLAYED = Played(
    REQUIREMENT, Row(REQUIREMENT.feature, REQUIREMENT.scenario, Ending.CAUGHT, 12, caught_by="recovery-time")
)
RTO = RecoveryTime(900, 30)
SBOM = sbom()


class Steps:
    """A clock for a journal, a third of a second further at each look, so that times need rounding."""

    skipped_seconds = 0.0

    def __init__(self) -> None:
        """Start at zero."""
        self.looked = 0

    def now(self) -> float:
        """Return the next time."""
        self.looked += 1
        return self.looked / 3


def request(started: float, outcome: Outcome) -> RequestEnded:
    """Return a write that started then."""
    return RequestEnded("writer", "write", f"w{started}", started, outcome, "eu-west-1", "", "")


def fill(bundle: Bundle) -> None:
    """Write every file of a small drill."""
    with FileJournal(bundle.history_path, Steps()) as journal:
        journal.record(FaultStruck("region outage", "primary"))
        journal.record(FaultProved("region outage", "primary", "no packet came back"))
        journal.record(request(0.7, Outcome.REFUSED))
        journal.record(request(1.0, Outcome.ACKNOWLEDGED))
        journal.record(request(31.2, Outcome.ACKNOWLEDGED))
    history = read_history(bundle.history_path)
    bundle.write_provenance(PROVENANCE)
    bundle.write_outcome(PLAYED)
    bundle.write_verdicts([Judged.by(RTO, RTO.judge(history))])
    bundle.write_sbom(SBOM)
    bundle.write_record(
        record_of(
            PLAYED,
            PROVENANCE.design.planted,
            [Judged.by(RTO, RTO.judge(history))],
            history,
            history_sha256=sha256_of(bundle.history_path),
            retest_of=Retest("2026-01-01-7", "failed", "ab" * 32),
        )
    )
    bundle.write_log("api.log", "ready\n")


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    """Return the owner's key, made as on first use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.delenv(KEY_VARIABLE, raising=False)
        return signing_key(None)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """Return a filled bundle that is not sealed yet."""
    made = Bundle(tmp_path / "drill")
    fill(made)
    return made


@pytest.fixture
def sealed(bundle: Bundle, key: SigningKey) -> Path:
    """Return the folder of a sealed bundle."""
    bundle.seal(key, {"drill": "d1"})
    return bundle.directory


@pytest.fixture
def filled() -> Callable[[Bundle], Bundle]:
    """Return what fills a bundle with the small drill."""

    def fill_and_return(bundle: Bundle) -> Bundle:
        """Fill it."""
        fill(bundle)
        return bundle

    return fill_and_return


@pytest.fixture(scope="session")
def provenance() -> Provenance:
    """Return what tells the small drill from others."""
    return PROVENANCE
