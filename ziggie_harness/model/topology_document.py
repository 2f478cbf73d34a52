"""Between a declared design and the document that people write: read it, write it, and vary it for a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from ziggie_harness.model.databases import TAGS
from ziggie_harness.model.declarations import nearest, problem_of
from ziggie_harness.model.errors import Problem, TopologyError
from ziggie_harness.model.topology import Topology
from ziggie_harness.model.topology_rules import contradictions

Document: TypeAlias = Mapping[str, object]
"""A topology as plain mappings, texts and numbers, with the keys and units of the file."""

_ADAPTER: Final = TypeAdapter(Topology)

KIND_AT: Final = 2
"""Where pydantic names the kind that it took a database for: behind `databases` and the database's name."""


def topology_of(document: object) -> Topology:
    """Return the design that a document declares; raise TopologyError with every problem found.

    Problems of single values are all reported together; what values require of each other is looked at once each of
    them is valid.
    """
    try:
        topology = _ADAPTER.validate_python(document, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = tuple(
            problem_of(details, Topology, _keys(details["loc"])) for details in error.errors(include_url=False)
        )
        raise TopologyError("the topology is not valid", problems) from None
    problems = tuple(contradictions(topology))
    if problems:
        raise TopologyError("the topology contradicts itself", problems)
    return topology


def document_of(topology: Topology) -> Document:
    """Return the document that declares a design; topology_of gives the design back."""
    document: Document = _ADAPTER.dump_python(topology, mode="json", by_alias=True)
    return document


def override(topology: Topology, changes: Mapping[str, object]) -> Topology:
    """Return a variant of a design, valid again, in which dotted key paths have other values.

    The paths and values are those of the file: `{"fencing": None, "records.api.ttl": "300 s"}`.
    """
    document = document_of(topology)
    for path, value in changes.items():
        document = _changed(document, path.split("."), value, path)
    return topology_of(document)


def _changed(document: Document, keys: list[str], value: object, path: str) -> Document:
    """Return a document with one value replaced."""
    key, *rest = keys
    if not rest:
        return {**document, key: value}
    inner = document.get(key)
    if not isinstance(inner, Mapping):
        expected = f"one of {', '.join(document)}" if key not in document else "a part with keys of its own"
        found = f"no {key!r}" if key not in document else repr(inner)
        raise TopologyError("the override leads nowhere", (Problem(path, found, expected, nearest(key, document)),))
    return {**document, key: _changed(inner, rest, value, path)}


def _keys(location: Sequence[int | str]) -> list[str]:
    """Return the keys of a file that lead to a finding, without the kind that pydantic names among them."""
    keys = [str(key) for key in location]
    if keys[:1] == ["databases"] and keys[KIND_AT : KIND_AT + 1] and keys[KIND_AT] in TAGS:
        del keys[KIND_AT]
    return keys
