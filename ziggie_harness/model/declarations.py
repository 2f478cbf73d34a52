"""What is wrong with a document that somebody wrote, told by key, value and what was expected instead."""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Union, get_args, get_origin, get_type_hints

from pydantic_core import ErrorDetails

from ziggie_harness.model.errors import Problem

_ENUM_MEMBER: Final = re.compile(r"<\w+\.\w+: ('\w+')>")
"""How pydantic spells an expected member of an enumeration; a file has its value."""


def problem_of(details: ErrorDetails, root: object, keys: list[str]) -> Problem:
    """Say what one finding of pydantic means to the person who wrote the document.

    `root` is the dataclass that the whole document declares, `keys` lead to the finding.
    """
    if keys and keys[-1] == "[key]":
        keys = keys[:-1]
    path = ".".join(keys) or "the document"
    kind = details["type"]
    if kind == "missing":
        return Problem(path, "nothing", "this key to be present")
    if kind == "unexpected_keyword_argument":
        known = known_keys(keys[:-1], root)
        return Problem(path, "an unknown key", f"one of {', '.join(known)}", nearest(keys[-1], known))
    if kind in {"dataclass_type", "mapping_type"}:
        known = known_keys(keys, root)
        return Problem(path, repr(details["input"]), f"a mapping with {', '.join(known) or 'names as keys'}")
    expected = _ENUM_MEMBER.sub(r"\1", details["msg"].removeprefix("Input should be "))
    return Problem(path, repr(details["input"]), expected)


def nearest(key: str, known: Iterable[str]) -> str:
    """Suggest the known key that is spelled most alike."""
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def known_keys(path: list[str], root: object) -> list[str]:
    """Return the keys that the part at this path of what `root` declares may have; none where names are free."""
    parts: list[object] = [root]
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
