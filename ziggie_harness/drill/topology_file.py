"""Read a topology from a YAML file; whatever is wrong is named with file, line, key, value and what was expected."""

from __future__ import annotations

import warnings
from pathlib import Path

from ziggie_harness.drill.yaml_file import read_yaml
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.topology import Topology
from ziggie_harness.model.topology_document import topology_of
from ziggie_harness.model.topology_rules import advice


class TopologyWarning(UserWarning):
    """A topology is valid, but on paper it cannot keep what it promises."""


def read_topology(path: Path) -> Topology:
    """Return the topology that a YAML file declares.

    Raises TopologyError with every problem found; warns with TopologyWarning of objectives that arithmetic rules out.
    """
    file = read_yaml(path, "the topology", TopologyError)
    try:
        topology = topology_of(file.values)
    except TopologyError as error:
        raise TopologyError(error.what, tuple(map(file.located, error.problems)), error.hint) from None
    for sentence in advice(topology):
        warnings.warn(f"{path}: {sentence}", TopologyWarning, stacklevel=2)
    return topology
