"""What a release needs: the policy of the gate, declared in a YAML file.

| key | says |
|---|---|
| `requirements` | requirements that have to be shown, each with the objectives that are promised (`rto`, `rpo`) |
| `clauses` | clauses that the evidence has to support |
| `designs` | files of the designs that are released, relative to the policy; a drill of another design shows nothing |
| `oldest_evidence` | how long ago a drill may have ended; any time ago when it is left out |
| `fidelity` | `least` for everything that a drill used, and `capabilities` with a demand of their own |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.drill.yaml_file import read_yaml
from ziggie_harness.evidence.artefacts import Artefact, changes_since
from ziggie_harness.evidence.clauses import clauses as known_clauses
from ziggie_harness.evidence.provenance import Design
from ziggie_harness.model.declarations import nearest, problem_of
from ziggie_harness.model.errors import DeclarationError, TopologyError
from ziggie_harness.model.fidelity import Capability, Fidelity
from ziggie_harness.model.tags import REQUIREMENT
from ziggie_harness.model.topology import Topology
from ziggie_harness.model.topology_document import document_of, override
from ziggie_harness.model.values import STRICT, Duration, Positive, spelled

Least = Literal["DECLARED", "EMULATED", "REAL"]


def _known(identifier: str) -> str:
    """Accept only a clause that somebody wrote down."""
    if identifier in known_clauses():
        return identifier
    hint = nearest(identifier, known_clauses())
    expected = f"the id of a clause of clauses.yaml{f'; {hint}' if hint else ''}"
    raise PydanticCustomError("clause", "{expected}", {"expected": expected})


RequirementId = Annotated[str, spelled(REQUIREMENT.pattern, "the id of a requirement such as REQ-DR-01")]
ClauseId = Annotated[str, AfterValidator(_known)]
DesignFile = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, config=STRICT)
class Objectives:
    """What a release promises of one requirement, in seconds; None promises nothing."""

    rto_seconds: Annotated[Positive | None, Field(validation_alias="rto")] = None
    rpo_seconds: Annotated[Duration | None, Field(validation_alias="rpo")] = None


@dataclass(frozen=True, slots=True, config=STRICT)
class FidelityDemand:
    """How genuine what a drill used has to be."""

    least: Least = "DECLARED"
    capabilities: Mapping[Capability, Least] = field(default_factory=dict)

    def of(self, capability: Capability) -> Fidelity:
        """Return what a capability has to be at least."""
        return Fidelity[self.capabilities.get(capability, self.least)]


@dataclass(frozen=True, slots=True, config=STRICT)
class Policy:
    """What a release needs."""

    requirements: Annotated[Mapping[RequirementId, Objectives | None], Field(min_length=1)]
    clauses: tuple[ClauseId, ...] = ()
    designs: tuple[DesignFile, ...] = ()
    oldest_evidence_seconds: Annotated[Positive | None, Field(validation_alias="oldest_evidence")] = None
    fidelity: FidelityDemand = field(default_factory=FidelityDemand)


@dataclass(frozen=True, slots=True)
class ReleasedDesign:
    """A declared design as it is now."""

    path: str
    """As the policy names it."""
    file: Path
    topology: Topology

    def is_drilled_by(self, design: Design) -> bool:
        """Say whether a drill was of this design, be it with a defect planted on purpose; comments do not count."""
        try:
            topology = override(self.topology, design.planted.overrides) if design.planted else self.topology
        except TopologyError:
            return False
        return document_of(topology) == design.effective

    def changes(self, artefacts: tuple[Artefact, ...] | None) -> tuple[str, ...]:
        """Return what is not as it was of the owner's code that a drill of this design ran."""
        if artefacts is None:
            return ("nothing tells what the owner's code was, for the evidence is older than that record",)
        return changes_since(artefacts, self.file)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy, where it stands, and the designs that it names."""

    path: str
    sha256: str
    policy: Policy
    designs: tuple[ReleasedDesign, ...]


_ADAPTER: Final = TypeAdapter(Policy)


def read_policy(path: Path) -> PolicyFile:
    """Return the policy of a file; raise DeclarationError with every problem found, also in a design that it names."""
    file = read_yaml(path, "the policy")
    try:
        policy = _ADAPTER.validate_python(file.values, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = [
            problem_of(details, Policy, [str(key) for key in details["loc"]])
            for details in error.errors(include_url=False)
        ]
        raise DeclarationError("the policy is not valid", tuple(map(file.located, problems))) from None
    designs = tuple(
        ReleasedDesign(name, path.parent / name, read_topology(path.parent / name)) for name in policy.designs
    )
    return PolicyFile(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), policy, designs)
