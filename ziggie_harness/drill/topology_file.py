"""Read a topology from a YAML file; whatever is wrong is named with file, line, key, value and what was expected."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, TypeAlias

import yaml

from ziggie_harness.model.errors import Problem, TopologyError
from ziggie_harness.model.topology_document import topology_of
from ziggie_harness.model.topology_rules import advice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ziggie_harness.model.topology import Topology

Lines: TypeAlias = dict[str, int]
"""The line of every dotted key path of a document; the document itself is the path ""."""


class TopologyWarning(UserWarning):
    """A topology is valid, but on paper it cannot keep what it promises."""


def read_topology(path: Path) -> Topology:
    """Return the topology that a YAML file declares.

    Raises TopologyError with every problem found; warns with TopologyWarning of objectives that arithmetic rules out.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem("the file", reason, "a readable YAML file", place=str(path))
        raise TopologyError("the topology cannot be read", (problem,)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TopologyError("the topology cannot be read", (_syntax_problem(path, error),)) from error
    if root is None:
        problem = Problem("the document", "nothing", "the keys of a topology", place=f"{path}:1")
        raise TopologyError("the topology cannot be read", (problem,))
    lines: Lines = {"": root.start_mark.line + 1}
    repeated = tuple(_located(problem, path, lines) for problem in _repeated_keys(root, "", lines, set()))
    if repeated:
        raise TopologyError("the topology says one thing twice", repeated)
    try:
        topology = topology_of(_values(root))
    except yaml.YAMLError as error:
        raise TopologyError("the topology cannot be read", (_syntax_problem(path, error),)) from error
    except TopologyError as error:
        problems = tuple(_located(problem, path, lines) for problem in error.problems)
        raise TopologyError(error.what, problems, error.hint) from None
    for sentence in advice(topology):
        warnings.warn(f"{path}: {sentence}", TopologyWarning, stacklevel=2)
    return topology


def _values(root: yaml.Node) -> object:
    """Build the plain values of a document; a safe loader knows no tag that could run code."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _repeated_keys(node: yaml.Node, path: str, lines: Lines, seen: set[int]) -> Iterator[Problem]:
    """Note the line of every key path below a node, and yield the keys that stand twice, which YAML lets pass.

    `seen` are the nodes already walked: an alias leads to a node again, even to one that it is part of.
    """
    if not isinstance(node, yaml.MappingNode) or id(node) in seen:
        return
    seen.add(id(node))
    for key_node, value_node in node.value:
        inner = f"{path}.{key_node.value}" if path else str(key_node.value)
        line = key_node.start_mark.line + 1
        if inner in lines:
            yield Problem(inner, f"the same key again in line {line}", "each key once", "remove one of the two")
            continue
        lines[inner] = line
        yield from _repeated_keys(value_node, inner, lines, seen)


def _located(problem: Problem, path: Path, lines: Lines) -> Problem:
    """Add file and line to a problem; a missing key is placed at the part that it is missing from."""
    keys = problem.path.split(".")
    candidates = (".".join(keys[:length]) for length in range(len(keys), -1, -1))
    line = next(lines[candidate] for candidate in candidates if candidate in lines)
    return dataclasses.replace(problem, place=f"{path}:{line}")


def _syntax_problem(path: Path, error: yaml.YAMLError | UnicodeDecodeError) -> Problem:
    """Say where a file stops being YAML."""
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    found = (error.problem or "unreadable text") if isinstance(error, yaml.MarkedYAMLError) else str(error)
    return Problem("the document", found, "YAML", place=f"{path}:{mark.line + 1}" if mark else str(path))
