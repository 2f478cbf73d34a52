"""Event patterns: read and validated as EventBridge does, and held against events.

Source: EventBridge user guide, "Creating Amazon EventBridge event patterns"; github.com/aws/event-ruler, README and
JsonRuleCompiler.java.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.eventbridge.values import (
    OPERATORS,
    PRESENT,
    Json,
    PatternError,
    Scalar,
    Test,
    Unknown,
    test_of,
)

OR: Final = "$or"

ABSENT: Final = ()
"""What stands at a field that an event does not have: no value at all, as in an empty array."""

LEAST_ALTERNATIVES: Final = 2

LONGEST: Final = 4096
"""Source: botocore service model, events, shape EventPattern, max 4096."""

RESERVED: Final = frozenset({*OPERATORS, "exists"})
"""Names that make `$or` a field like any other (event-ruler, RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP)."""

Event = Mapping[str, object]
"""An event as JSON; what AWS may emit has unknown values, too."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a pattern asks of one field: a value that passes one of the tests, or to be there, or not to be there."""

    tests: tuple[Test, ...]
    may_be_absent: bool = False

    def fits(self, found: object) -> bool:
        """Say whether what stands at the field fits; no leaf there counts as absent."""
        if isinstance(found, Unknown) and self.may_be_absent:
            return True
        values = tuple(_leaves(found))
        if not values:
            return self.may_be_absent
        return any(test.may_pass(value) for test in self.tests for value in values)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, or a part of one: all of its fields, parts and choices have to fit."""

    fields: tuple[tuple[str, Field], ...]
    parts: tuple[tuple[str, Pattern], ...]
    choices: tuple[tuple[Pattern, ...], ...]
    """Of each `$or` one alternative."""

    def matches(self, event: Event) -> bool:
        """Say whether an event matches."""
        return self.objection(event) is None

    def objection(self, event: Event) -> str | None:
        """Return the path of a field of an event that does not fit, or None when the event matches.

        Several fields of one object in an array have to fit in the same element ("array consistency").
        """
        for name, field in self.fields:
            if not field.fits(event.get(name, ABSENT)):
                return name
        for name, part in self.parts:
            inner = event.get(name, ABSENT)
            if isinstance(inner, Unknown):
                continue
            objections = [part.objection(element) for element in _objects(inner)]
            if None not in objections:
                return f"{name}.{objections[0]}"
        for alternatives in self.choices:
            objections = [alternative.objection(event) for alternative in alternatives]
            if None not in objections:
                return next(filter(None, objections))
        return None


def pattern_of(text: str) -> Pattern:
    """Read an event pattern; raise PatternError for what EventBridge refuses."""
    if len(text) > LONGEST:
        raise PatternError(f"Event pattern is longer than {LONGEST} characters")
    try:
        read = json.loads(text)
    except ValueError as error:
        raise PatternError(f"Filter is not valid JSON: {error}") from error
    if not isinstance(read, Mapping):
        raise PatternError("Filter is not an object")
    return _compiled(read)


def _compiled(wanted: Mapping[str, Json]) -> Pattern:
    """Read an object of a pattern."""
    if not wanted:
        raise PatternError("Empty objects are not allowed")
    fields, parts, choices = [], [], []
    for name, inner in sorted(wanted.items(), key=_importance):
        if name == OR and _alternatives(inner):
            choices.append(tuple(_compiled(alternative) for alternative in _alternatives(inner)))
        elif isinstance(inner, Mapping):
            parts.append((name, _compiled(inner)))
        elif isinstance(inner, Sequence) and not isinstance(inner, str):
            fields.append((name, _field(inner)))
        else:
            raise PatternError(f'"{name}" must be an object or an array')
    return Pattern(tuple(fields), tuple(parts), tuple(choices))


def _importance(item: tuple[str, Json]) -> int:
    """Order fields so that an objection names what decides: the source before the kind, the kind before the rest."""
    return ("source", "detail-type", item[0]).index(item[0])


def _alternatives(inner: Json) -> Sequence[Mapping[str, Json]]:
    """Return the alternatives of `$or`, none where it is a field like any other.

    A choice has two objects at least, none with an operator's name (event-ruler, README).
    """
    if not isinstance(inner, Sequence) or isinstance(inner, str) or len(inner) < LEAST_ALTERNATIVES:
        return ()
    objects = [each for each in inner if isinstance(each, Mapping) and RESERVED.isdisjoint(each)]
    return objects if len(objects) == len(inner) else ()


def _field(wanted: Sequence[Json]) -> Field:
    """Read the array of a field."""
    if not wanted:
        raise PatternError("Empty arrays are not allowed")
    tests, may_be_absent = [], False
    for each in wanted:
        if isinstance(each, Mapping) and "exists" in each:
            if len(each) > 1:
                raise PatternError("Only one key allowed in match expression")
            if not isinstance(each["exists"], bool):
                raise PatternError("exists match pattern must be either true or false.")
            if each["exists"]:
                tests.append(PRESENT)
            else:
                may_be_absent = True
        else:
            tests.append(test_of(each))
    return Field(tuple(tests), may_be_absent)


def _leaves(found: object) -> Iterator[Scalar]:
    """Yield the values at a field: one, or those of an array, however deep; an object is no value."""
    if isinstance(found, Sequence) and not isinstance(found, str):
        for element in found:
            yield from _leaves(element)
    elif found is None or isinstance(found, str | bool | int | float | Unknown):
        yield found


def _objects(found: object) -> Iterator[Event]:
    """Yield the objects at a field: one, or those of an array; what is none has no fields."""
    if isinstance(found, Mapping):
        yield found
    elif isinstance(found, Sequence) and not isinstance(found, str) and found:
        for element in found:
            yield from _objects(element)
    else:
        yield {}
