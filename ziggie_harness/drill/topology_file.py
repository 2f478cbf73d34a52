"""Read a topology from a YAML file; whatever is wrong is named with file, line, key, value and what was expected."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

from ziggie_harness.drill.yaml_file import read_yaml
from ziggie_harness.model.errors import Problem, TopologyError
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
        topology = placed(topology_of(file.values), path)
    except TopologyError as error:
        raise TopologyError(error.what, tuple(map(file.located, error.problems)), error.hint) from None
    for sentence in advice(topology):
        warnings.warn(f"{path}: {sentence}", TopologyWarning, stacklevel=2)
    return topology


def placed(topology: Topology, path: Path) -> Topology:
    """Return a design whose paths to the owner's code count from the folder of its file.

    Raises TopologyError for code that is not there.
    """
    folder = path.parent.absolute()
    functions = {
        name: dataclasses.replace(function, code=str(folder / function.code))
        for name, function in topology.functions.items()
    }
    runbooks = {name: str(folder / script) for name, script in topology.runbooks.items()}
    problems = [
        Problem(f"functions.{name}.code", topology.functions[name].code, f"a folder, seen from {folder}")
        for name, function in functions.items()
        if not Path(function.code).is_dir()
    ]
    problems += [
        Problem(f"runbooks.{name}", topology.runbooks[name], f"a shell script with NAME.yaml beside it, in {folder}")
        for name, script in runbooks.items()
        if not (Path(script).is_file() and Path(script).with_suffix(".yaml").is_file())
    ]
    if problems:
        raise TopologyError("the owner's code is not there", tuple(problems))
    return dataclasses.replace(topology, functions=functions, runbooks=runbooks)
