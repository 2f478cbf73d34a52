"""Every rule that Route 53 enforces on changes and health checks, and the questions that a control plane asks of them.

moto stores what it is given; these rules stand in front of it. Each is a function of its own in ``request_rules``,
``change_rules`` or ``health_check_rules``, with its source; ``RULES`` lists them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ziggie_harness.emulation.route53.caller_references import (
    health_check_reference_error,
    repeated_health_check,
    zone_reference_error,
)
from ziggie_harness.emulation.route53.change_batch import Batch
from ziggie_harness.emulation.route53.change_rules import BATCH_RULES
from ziggie_harness.emulation.route53.health_check_rules import ENDPOINT_TYPES, HEALTH_CHECK_RULES
from ziggie_harness.emulation.route53.request_rules import REQUEST_RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ziggie_harness.emulation.route53.records import Change, HealthCheck, Zone

__all__ = [
    "RULES",
    "change_batch_error_code",
    "change_batch_errors",
    "change_batch_gaps",
    "health_check_errors",
    "health_check_gaps",
    "health_check_reference_error",
    "repeated_health_check",
    "zone_reference_error",
]

RULES: Final[tuple[Callable[..., object], ...]] = (
    *REQUEST_RULES,
    *BATCH_RULES,
    *HEALTH_CHECK_RULES,
    zone_reference_error,
    health_check_reference_error,
)
"""All rules, for tests and documentation: the name says what is enforced, the docstring on whose word."""


def change_batch_errors(zone: Zone, changes: Sequence[Change], health_check_ids: Collection[str]) -> tuple[str, ...]:
    """Return Route 53's messages against a change batch; none of its changes is made unless there are none.

    The messages are those of the request's form (InvalidInput), or else those of what the zone would become
    (InvalidChangeBatch); ``change_batch_error_code`` tells them apart.
    """
    batch = Batch.of(zone, changes, frozenset(health_check_ids))
    for rules in (REQUEST_RULES, BATCH_RULES):
        if errors := tuple(dict.fromkeys(message for rule in rules for message in rule(batch))):
            return errors
    return ()


def change_batch_error_code(errors: Sequence[str]) -> Literal["InvalidInput", "InvalidChangeBatch"]:
    """Return the code of an error response with these messages.

    Source: observed: "InvalidInput: Invalid request: Missing field 'SetIdentifier' ..." against "InvalidChangeBatch:
    ...".
    """
    return (
        "InvalidInput" if any(message.startswith("Invalid request: ") for message in errors) else "InvalidChangeBatch"
    )


def change_batch_gaps(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return what a batch asks for that Route 53 has and this emulation has not."""
    return tuple(
        f"{change.record_set.name} {change.record_set.type}: alias record sets are not emulated, use values"
        for change in changes
        if change.record_set.alias_target is not None and change.action != "DELETE"
    )


def health_check_errors(config: HealthCheck) -> tuple[str, ...]:
    """Return the messages against a health check's configuration; their code is InvalidInput."""
    return tuple(message for rule in HEALTH_CHECK_RULES for message in rule(config))


def health_check_gaps(config: HealthCheck) -> tuple[str, ...]:
    """Return what a health check asks for that Route 53 has and this emulation has not."""
    if config.type in ENDPOINT_TYPES:
        return ()
    return (f"health checks of type {config.type} are not emulated, only those of an endpoint: HTTP, HTTPS, TCP",)
