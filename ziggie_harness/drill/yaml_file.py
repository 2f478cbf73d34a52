"""Read a YAML file that a person wrote; what is wrong is named with file, line, key, value and what was expected."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from ziggie_harness.model.errors import DeclarationError, Problem

Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""What reads YAML here, written in C where PyYAML has it: a tenth of the time. It knows no tag that could run code."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a file says, and where."""

    path: Path
    values: object
    lines: Mapping[str, int]
    """The line of every dotted key path of the document; the document itself is the path ""."""

    def located(self, problem: Problem) -> Problem:
        """Add file and line to a problem; a missing key is placed at the part that it is missing from."""
        return _located(problem, self.path, self.lines)


def read_yaml(path: Path, what: str, refusal: type[DeclarationError] = DeclarationError) -> YamlFile:
    """Read a file that declares something, such as "the topology"; raise `refusal` for no YAML or a repeated key."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader)
    except OSError as error:
        problem = Problem("the file", error.strerror or str(error), "a readable YAML file", place=str(path))
        raise refusal(f"{what} cannot be read", (problem,)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise refusal(f"{what} cannot be read", (_syntax_problem(path, error),)) from error
    if root is None:
        problem = Problem("the document", "nothing", f"the keys of {what}", place=f"{path}:1")
        raise refusal(f"{what} cannot be read", (problem,))
    lines = {"": root.start_mark.line + 1}
    repeated = tuple(_located(problem, path, lines) for problem in _repeated_keys(root, "", lines, set()))
    if repeated:
        raise refusal(f"{what} says one thing twice", repeated)
    try:
        return YamlFile(path, _values(root), lines)
    except yaml.YAMLError as error:
        raise refusal(f"{what} cannot be read", (_syntax_problem(path, error),)) from error


def _values(root: yaml.Node) -> object:
    """Build the plain values of a document."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _repeated_keys(node: yaml.Node, path: str, lines: dict[str, int], seen: set[int]) -> Iterator[Problem]:
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


def _located(problem: Problem, path: Path, lines: Mapping[str, int]) -> Problem:
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
