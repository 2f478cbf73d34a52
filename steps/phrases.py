"""How sentences name regions: the vocabulary that the steps share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pytest_bdd import parsers

from ziggie_harness.model.topology import Role
from ziggie_harness.model.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_bdd.parsers import StepParser

ROLES: Final[Mapping[str, Role]] = {role.value.replace("_", " "): role for role in Role}
"""The roles as sentences spell them."""

ROLE: Final = rf"(?P<role>{'|'.join(ROLES)})"


def role_of(words: str) -> Role:
    """Return the role that a sentence names."""
    return ROLES[words]


CONVERTERS: Final[dict[str, Callable[[str], object]]] = {
    "role": role_of,
    "duration": parse_duration,
    "gap": parse_duration,
    "times": int,
}
"""What the named parts of a sentence are."""


def sentence(pattern: str) -> StepParser:
    """Return the parser of a sentence: a regular expression in which ``{role}`` stands for a region's role."""
    return parsers.re(pattern.replace("{role}", ROLE) + "$")


def literally(phrase: str) -> str:
    """Quote a plugin's phrase for a regular expression, leaving its ``{role}``."""
    return re.escape(phrase).replace(r"\{role\}", "{role}")
