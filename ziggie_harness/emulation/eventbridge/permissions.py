"""Whether a resource's policy lets a service of AWS in: a target that does not is never reached.

Source: EventBridge user guide, "Using resource-based policies for Amazon EventBridge"; IAM user guide, "Policy
evaluation logic": an explicit denial wins, and nothing is allowed that no statement allows.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any, Final

EVENTS: Final = "events.amazonaws.com"

OPERATORS: Final = frozenset({"StringEquals", "StringLike", "ArnEquals", "ArnLike"})
"""The conditions that are understood; a statement with another one allows nothing here."""


def objection(
    policy: Mapping[str, Any] | None, service: str, action: str, resource: str, context: Mapping[str, str]
) -> str | None:
    """Return why a resource's policy does not let a service do something, or None.

    ``context`` are the values of condition keys, in lower case: aws:sourcearn, aws:sourceaccount.
    """
    if not policy:
        return f"{resource} has no resource policy that allows {service} {action}"
    statements = policy.get("Statement", [])
    asked = [
        statement
        for statement in ([statements] if isinstance(statements, Mapping) else statements)
        if _names_service(statement.get("Principal"), service)
        and _any_fits(action, statement.get("Action"))
        and _any_fits(resource, statement.get("Resource", resource))
        and _conditions_hold(statement.get("Condition") or {}, context)
    ]
    if any(statement.get("Effect") == "Deny" for statement in asked):
        return f"the resource policy of {resource} denies {service} {action}"
    if any(statement.get("Effect") == "Allow" for statement in asked):
        return None
    return f"no statement in the resource policy of {resource} allows {service} {action}"


def _names_service(principal: object, service: str) -> bool:
    """Say whether a statement is about a service.

    `"*"` and `{"AWS": "*"}` name everybody; a service is let in by these only where the conditions hold for it.
    """
    if isinstance(principal, Mapping):
        return service in _listed(principal.get("Service")) or "*" in _listed(principal.get("AWS"))
    return principal == "*"


def _any_fits(asked: str, patterns: object) -> bool:
    """Say whether an action or a resource fits one of the patterns, in any case of letters."""
    return any(fnmatch.fnmatchcase(asked.lower(), str(pattern).lower()) for pattern in _listed(patterns))


def _conditions_hold(conditions: Mapping[str, Mapping[str, object]], context: Mapping[str, str]) -> bool:
    """Say whether all conditions hold; a key that the context lacks holds for none."""
    return all(
        operator in OPERATORS and key.lower() in context and _any_fits(context[key.lower()], wanted)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _listed(value: object) -> Sequence[object]:
    """Return one value or several as several."""
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
