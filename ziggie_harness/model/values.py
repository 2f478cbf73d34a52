"""The kinds of values that a declared design is written in: roles, durations, names, each with its limit."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from ziggie_harness.model.units import parse_duration, print_duration

# Keys that nobody knows are errors: a misspelt objective must not silently be none. What reads the parts is built when
# a topology is first read, and not by every import of the model, which would take 0.1 s longer.
STRICT: Final = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True, defer_build=True)


class Role(StrEnum):
    """What a region is for in the design."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    WITNESS = "witness"
    CONTROL_PLANE = "control_plane"


def _seconds(value: object) -> object:
    """Accept a duration as a text with its unit, or as seconds where it is already a number inside the harness."""
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            pass
    elif isinstance(value, float):
        return value
    raise PydanticCustomError("duration", 'a duration with its unit, such as "60 s" or "15 min"')


def whole(seconds: float) -> float:
    """Accept only whole seconds."""
    if seconds != int(seconds):
        raise PydanticCustomError("whole", "whole seconds")
    return seconds


Duration = Annotated[
    float, BeforeValidator(_seconds), Field(ge=0), PlainSerializer(lambda seconds: print_duration(float(seconds)))
]
Positive = Annotated[Duration, Field(gt=0)]
ServingRole = Literal[Role.PRIMARY, Role.SECONDARY]


def spelled(pattern: str, expected: str) -> AfterValidator:
    """Accept a text of that pattern only, and say in words what is expected otherwise."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        """Return the text when it fits."""
        if compiled.fullmatch(text) is None:
            raise PydanticCustomError("spelling", "{expected}", {"expected": expected})
        return text

    return AfterValidator(check)


_LABEL: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
Name = Annotated[str, spelled(_LABEL, "a name of small letters, digits and inner hyphens, at most 63")]
HostName = Annotated[str, spelled(rf"({_LABEL}\.)+[a-z]{{2,63}}", "a host name such as api.ziggie.ai")]
RegionName = Annotated[str, spelled(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as eu-west-1")]
# RDS API, CreateDBInstance, DBInstanceIdentifier: 1 to 63 letters, digits or hyphens; the first is a letter; no hyphen
# at the end and no two in a row.
InstanceIdentifier = Annotated[
    str,
    StringConstraints(max_length=63),
    spelled(
        "[a-z](-?[a-z0-9])*", "an RDS instance identifier: letters, digits and single inner hyphens, a letter first"
    ),
]
