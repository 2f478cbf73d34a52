"""The policy of a release: read whole, or every mistake in it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.evidence.policy import FidelityDemand, Objectives, read_policy
from ziggie_harness.model.errors import DeclarationError
from ziggie_harness.model.fidelity import Capability, Fidelity

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = f"""
requirements:
  REQ-DR-01: {{rto: 15 min, rpo: 5 s}}
  REQ-DR-16:
clauses: [REL13-BP02]
designs: [{ACTIVE_PASSIVE}]
oldest_evidence: 30 d
fidelity:
  least: EMULATED
  capabilities: {{network: REAL}}
"""


def written(directory: Path, text: str) -> Path:
    """Write a policy."""
    path = directory / "policy.yaml"
    path.write_text(text)
    return path


def test_a_whole_policy_is_read(tmp_path: Path) -> None:
    """Durations are seconds, an objective that is left out promises nothing, and designs are read too."""
    file = read_policy(written(tmp_path, WHOLE))
    assert file.policy.requirements == {"REQ-DR-01": Objectives(900.0, 5.0), "REQ-DR-16": None}
    assert file.policy.oldest_evidence_seconds == 30 * 86_400
    assert [design.topology.name for design in file.designs] == ["ziggie"]
    demand = file.policy.fidelity
    assert demand.of(Capability.NETWORK) is Fidelity.REAL
    assert demand.of(Capability.DNS) is Fidelity.EMULATED


def test_what_is_left_out_demands_nothing(tmp_path: Path) -> None:
    """One requirement is a policy."""
    file = read_policy(written(tmp_path, "requirements: {REQ-DR-01: }"))
    assert (file.policy.clauses, file.designs, file.policy.oldest_evidence_seconds) == ((), (), None)
    assert file.policy.fidelity == FidelityDemand()


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("REQ-DR-16", "REQ-16", ":4: requirements.REQ-16: found 'REQ-16', expected the id of a requirement such as"),
        ("rto: 15 min", "rto: 15", ":3: requirements.REQ-DR-01.rto: found 15, expected a duration with its unit"),
        (
            "rto:",
            "rpi:",
            ":3: requirements.REQ-DR-01.rpi: found an unknown key, expected one of rto, rpo; did you mean",
        ),
        ("REL13-BP02", "REL13-BP22", ":5: clauses.0: found 'REL13-BP22', expected the id of a clause of clauses.yaml"),
        ("30 d", "0 s", ":7: oldest_evidence: found '0 s', expected greater than 0"),
        ("least: EMULATED", "least: REAL?", ":9: fidelity.least: found 'REAL?', expected 'DECLARED', 'EMULATED' or"),
        ("network:", "networks:", ":10: fidelity.capabilities.networks: found 'networks', expected 'network', 'part"),
        ("clauses:", "claus:", ":5: claus: found an unknown key, expected one of requirements, clauses, designs"),
        (str(ACTIVE_PASSIVE), "gone.yaml", "gone.yaml: the file: found No such file or directory"),
        (WHOLE, "requirements: {}", ":1: requirements: found {}, expected"),
        (WHOLE, "clauses: [REL13-BP02]", ":1: requirements: found nothing, expected this key to be present"),
        (WHOLE, "", ":1: the document: found nothing, expected the keys of the policy"),
        ("REQ-DR-16:", "REQ-DR-01:", ":3: requirements.REQ-DR-01: found the same key again in line 4"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, wrong: str, right: str, words: str) -> None:
    """File, line, key, value and what was expected are told."""
    path = written(tmp_path, WHOLE.replace(wrong, right))
    with pytest.raises(DeclarationError) as caught:
        read_policy(path)
    assert words in str(caught.value)
