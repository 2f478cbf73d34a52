"""Which secrets ListSecrets finds. Source: Secrets Manager user guide, "Find secrets"; API reference, Filter."""

from __future__ import annotations

from ziggie_harness.emulation.secretsmanager.requests import Search
from ziggie_harness.emulation.secretsmanager.secret import Secret


def matches(secret: Secret, request: Search) -> bool:
    """Say whether a secret is one of a region's that every filter lets through."""
    if secret.key.region != request.region or (secret.deleted_seconds is not None and not request.includes_deleted):
        return False
    return all(_passes(secret, key, values) for key, values in request.filters)


def _passes(secret: Secret, key: str, values: tuple[str, ...]) -> bool:
    """Say whether one of a filter's values fits, or, behind an exclamation mark, does not fit."""
    return any(
        not _fits(secret, key, value[1:]) if value.startswith("!") else _fits(secret, key, value) for value in values
    )


def _fits(secret: Secret, key: str, value: str) -> bool:
    """Say whether a value fits what a filter's key stands for: prefixes, but words for a description and for all."""
    names, tags = [secret.key.name], list(secret.tags)
    tag_values = list(secret.tags.values())
    if key == "primary-region":
        home = secret.primary_region or (secret.key.region if secret.replicas else "")
        return bool(home) and home.startswith(value)
    if key in {"description", "all"}:
        texts = [secret.description, *(names + tags + tag_values if key == "all" else [])]
        return any(value.lower() in text.lower() for text in texts)
    prefixed = {"name": names, "tag-key": tags, "tag-value": tag_values}.get(key, [])
    return any(text.startswith(value) for text in prefixed)
