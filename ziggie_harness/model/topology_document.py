"""Between a declared design and the document that people write: read it, write it, and vary it for a scenario."""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ziggie_harness.model.databases import TAGS
from ziggie_harness.model.errors import Problem, TopologyError
from ziggie_harness.model.topology import Topology
from ziggie_harness.model.topology_rules import contradictions

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Document: TypeAlias = Mapping[str, object]
"""A topology as plain mappings, texts and numbers, with the keys and units of the file."""

_ADAPTER: Final = TypeAdapter(Topology)

KIND_AT: Final = 2
"""Where pydantic names the kind that it took a database for: behind `databases` and the database's name."""

_ENUM_MEMBER: Final = re.compile(r"<\w+\.\w+: ('\w+')>")
"""How pydantic spells an expected member of an enumeration; a file has its value."""


def topology_of(document: object) -> Topology:
    """Return the design that a document declares; raise TopologyError with every problem found.

    Problems of single values are all reported together; what values require of each other is looked at once each of
    them is valid.
    """
    try:
        topology = _ADAPTER.validate_python(document, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = tuple(_problem(details) for details in error.errors(include_url=False))
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
        raise TopologyError("the override leads nowhere", (Problem(path, found, expected, _nearest(key, document)),))
    return {**document, key: _changed(inner, rest, value, path)}


def _problem(details: ErrorDetails) -> Problem:
    """Say what one finding of the validation means to the person who wrote the document."""
    keys = [str(key) for key in details["loc"]]
    if keys[:1] == ["databases"] and keys[KIND_AT : KIND_AT + 1] and keys[KIND_AT] in TAGS:
        del keys[KIND_AT]
    if keys and keys[-1] == "[key]":
        keys = keys[:-1]
    path = ".".join(keys) or "the document"
    kind = details["type"]
    if kind == "missing":
        return Problem(path, "nothing", "this key to be present")
    if kind == "unexpected_keyword_argument":
        known = known_keys(keys[:-1])
        return Problem(path, "an unknown key", f"one of {', '.join(known)}", _nearest(keys[-1], known))
    if kind in {"dataclass_type", "mapping_type"}:
        known = known_keys(keys)
        return Problem(path, repr(details["input"]), f"a mapping with {', '.join(known) or 'names as keys'}")
    expected = _ENUM_MEMBER.sub(r"\1", details["msg"].removeprefix("Input should be "))
    return Problem(path, repr(details["input"]), expected)


def _nearest(key: str, known: Mapping[str, object] | list[str]) -> str:
    """Suggest the known key that is spelled most alike."""
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def known_keys(path: list[str]) -> list[str]:
    """Return the keys that the part of a topology at this path may have; none where names are free."""
    parts: list[object] = [Topology]
    for key in path:
        parts = [inner for part in parts for inner in _inside(part, key)]
    known = [
        name
        for part in parts
        if isinstance(part, type) and dataclasses.is_dataclass(part)
        for name in _field_types(part)
    ]
    return list(dict.fromkeys(known))


def _inside(part: object, key: str) -> Iterator[object]:
    """Yield what may stand at a key of a part; several kinds where there is a choice."""
    if isinstance(part, type) and dataclasses.is_dataclass(part):
        inner = _field_types(part).get(key)
    elif get_origin(part) is Mapping:
        inner = get_args(part)[1]
    else:
        return
    choices = get_args(inner) if get_origin(inner) in {Union, types.UnionType} else (inner,)
    yield from choices


def _field_types(part: type) -> dict[str, object]:
    """Map the keys of a part, as written in a file, to their types without None."""
    hints = get_type_hints(part)
    aliases = {name: getattr(field, "validation_alias", None) for name, field in _pydantic_fields(part).items()}
    return {aliases[name] or name: _without_none(hint) for name, hint in hints.items() if name in aliases}


def _pydantic_fields(part: type) -> Mapping[str, object]:
    """Return what pydantic knows of a dataclass's fields."""
    fields: Mapping[str, object] = vars(part)["__pydantic_fields__"]
    return fields


def _without_none(hint: object) -> object:
    """Return the one type that is optional in a hint, or the hint itself."""
    if get_origin(hint) in {Union, types.UnionType} and types.NoneType in get_args(hint):
        return next(choice for choice in get_args(hint) if choice is not types.NoneType)
    return hint
