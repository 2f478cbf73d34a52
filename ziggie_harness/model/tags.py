"""The closed set of tags: the one place that says which tags a feature file may carry and what each means."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

CHECKS: Final = (
    "recovery-time",
    "recovery-point",
    "dns-state",
    "single-writer",
    "service-available",
    "unprotected-time",
    "database-protection",
    "data-parity",
    "statements-accepted",
    "application-errors",
    "credentials",
    "admission",
    "slot-retention",
    "slot-alarm",
    "told-health",
    "own-database",
    "told-lag",
    "stray-writes",
    "writer-moves",
    "rollback-files",
    "set-full",
    "whole-transfers",
    "stale-reads",
    "own-writes",
    "secret-availability",
    "secret-home",
    "secret-mistakes",
    "secret-parity",
    "secret-replication",
    "secret-rotation",
    "alert-delivered",
    "object-recovery-point",
    "object-service",
    "late-objects-told",
    "object-parity",
    "bucket-settings",
    "replication-watched",
    "replication-verified",
    "script-calls",
    "script-claims",
    "script-outcome",
    "region-readiness",
    "script-refusals",
    "function-acts",
    "one-failover",
    "stop-obeyed",
    "failover-rehearsed",
    "production-undisturbed",
    "no-trace",
)
"""The checks that a sabotage can be caught by, as named in @caught-by-<check> and in RequirementNotMet.check."""

MUST_FAIL: Final = "must-fail"
CAUGHT_BY: Final = "caught-by-"

TAGS: Final = {
    MUST_FAIL: "a sabotage: the scenario passes only when the check named by @caught-by-<check> fails it.",
    **{f"{CAUGHT_BY}{check}": f"the sabotage of this scenario is caught by the check {check}." for check in CHECKS},
    "nightly": "too long for every change; runs every night.",
    "core": "the shortest proof that the whole path works; repeated to show that verdicts are stable.",
    "portable": "the core set that is played on every backend, where its verdicts have to be the same.",
}
"""Every tag with a fixed spelling, and its meaning."""

REQUIREMENT: Final = re.compile(r"REQ-DR-\d\d")

DEFECT: Final = re.compile(r"G\d\d")
"""A defect of the guide, as fixtures/data/defects.yaml counts them."""


CLAUSE: Final = re.compile(r"clause-(?P<clause>[A-Z][A-Za-z0-9.-]*)")
"""A clause of a standard that a requirement bears on, as fixtures/data/clauses.yaml spells it."""

COMPLIANCE: Final = "compliance"
"""The mark of every scenario that bears on a clause: `pytest -m compliance`. No feature writes it."""


def clauses_of(tags: Collection[str]) -> tuple[str, ...]:
    """Return the clauses that a scenario with these tags bears on, in their order."""
    return tuple(sorted(match["clause"] for tag in tags if (match := CLAUSE.fullmatch(tag))))


def requirement_of(tags: Collection[str]) -> str | None:
    """Return the requirement id among the tags, the first in order if there are several, or None."""
    return min((tag for tag in tags if REQUIREMENT.fullmatch(tag)), default=None)


def defects_of(tags: Collection[str]) -> tuple[str, ...]:
    """Return the defects of the guide that a sabotage with these tags plants, in their order."""
    return tuple(sorted(tag for tag in tags if DEFECT.fullmatch(tag)))


def check_of(tags: Collection[str]) -> str | None:
    """Return the check that must catch the sabotage of a scenario with these tags, or None if none is named."""
    return next((tag.removeprefix(CAUGHT_BY) for tag in sorted(tags) if tag.startswith(CAUGHT_BY)), None)


def objection_to_tag(tag: str) -> str | None:
    """Return why a tag is not in the closed set, naming the nearest one that is, or None for a known tag."""
    if tag in TAGS or REQUIREMENT.fullmatch(tag) or DEFECT.fullmatch(tag) or CLAUSE.fullmatch(tag):
        return None
    nearest = difflib.get_close_matches(tag, [*TAGS, "REQ-DR-01", "G01", "clause-REL13-BP02"], n=1, cutoff=0)[0]
    return f"unknown tag @{tag}; the nearest known one is @{nearest}"


def objection_to_tags(tags: Collection[str]) -> str | None:
    """Return why these tags of one scenario do not go together, or None."""
    named = sorted(tag for tag in tags if tag.startswith(CAUGHT_BY))
    if MUST_FAIL in tags and not named:
        return f"@{MUST_FAIL} needs to name the check that must notice: add @{CAUGHT_BY}<check>, one of {_list(CHECKS)}"
    if named and MUST_FAIL not in tags:
        return f"@{named[0]} only has a meaning beside @{MUST_FAIL}"
    if MUST_FAIL not in tags and (planted := defects_of(tags)):
        return f"@{planted[0]} only has a meaning beside @{MUST_FAIL}: a sound design has no defect"
    if len(named) > 1:
        return f"one sabotage is caught by one check, but it carries {_list([f'@{tag}' for tag in named])}"
    return None


def _list(words: Collection[str]) -> str:
    """Join words for a sentence."""
    return ", ".join(words)
