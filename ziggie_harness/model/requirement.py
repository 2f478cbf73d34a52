"""What a scenario proves: the requirement that its feature states."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """The requirement behind one scenario, as its feature file states it.

    `identifier` is the tag REQ-DR-nn or None, `source` the text of the line `Source:` or "", `path` the feature file
    relative to the root of the test run, `line` the scenario's line in it.
    """

    identifier: str | None
    feature: str
    statement: str
    source: str
    rule: str
    scenario: str
    tags: frozenset[str]
    path: str
    line: int
