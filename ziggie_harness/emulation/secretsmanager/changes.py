"""What a request makes of a secret, once no rule objects."""

from __future__ import annotations

from dataclasses import replace

from ziggie_harness.emulation.secretsmanager.requests import (
    Amendment,
    DeletePolicy,
    MoveStage,
    PutPolicy,
    Rotate,
    Tag,
    Wanted,
)
from ziggie_harness.emulation.secretsmanager.secret import (
    CURRENT,
    PREVIOUS,
    Replica,
    Rotation,
    Secret,
    Status,
    Version,
)


def with_value(secret: Secret, version: Version) -> Secret:
    """Return a secret with a new version; the labels that it carries leave the others.

    A version that loses the current label becomes the previous one. Source: Secrets Manager API reference,
    PutSecretValue: "Secrets Manager automatically moves the staging label AWSPREVIOUS to the version that AWSCURRENT
    was removed from".
    """
    found = secret.version(version.identity)
    if found is not None and found.value:
        return secret
    others = tuple(each for each in secret.versions if each is not found)
    bare = replace(version, stages=found.stages if found else frozenset())
    return replace(
        _labelled(replace(secret, versions=(*others, bare)), version),
        changed_seconds=version.created_seconds,
    )


def with_rotation(secret: Secret, request: Rotate, version: Version) -> Secret:
    """Return a secret whose rotation begins: it knows its function, and has a pending version without a value.

    Source: Secrets Manager API reference, RotateSecret: "the AWSPENDING staging label might be attached to an empty
    secret version"; aws-samples/aws-secrets-manager-rotation-lambdas, whose functions demand that label beforehand.
    """
    known = secret.rotation or Rotation("")
    rules = known.rules if request.rules is None else request.rules
    rotation = Rotation(request.function or known.function, rules)
    return replace(with_value(secret, version), rotation=rotation)


def with_moved_stage(secret: Secret, request: MoveStage, now_seconds: float) -> Secret:
    """Return a secret one label of which moved to another version, or away."""
    target = secret.version(request.move_to)
    if target is None:
        bare = [replace(each, stages=each.stages - {request.stage}) for each in secret.versions]
        return replace(secret, versions=tuple(bare), changed_seconds=now_seconds)
    return replace(_labelled(secret, replace(target, stages=frozenset({request.stage}))), changed_seconds=now_seconds)


def amended(secret: Secret, request: Amendment, now_seconds: float) -> Secret:
    """Return a secret with other tags, or with another resource policy.

    Source: Secrets Manager API reference, TagResource; UntagResource: "If a requested tag is not attached to the
    secret, no error is returned". That a tag of the same key is replaced is how AWS's tags are in general.
    """
    tags, policy = dict(secret.tags), secret.policy
    if isinstance(request, Tag):
        tags |= request.tags
    elif isinstance(request, PutPolicy | DeletePolicy):
        policy = request.policy if isinstance(request, PutPolicy) else ""
    else:
        tags = {name: value for name, value in tags.items() if name not in request.names}
    return replace(secret, tags=tags, policy=policy, changed_seconds=now_seconds)


def with_replicas(secret: Secret, wanted: tuple[Wanted, ...], *, overwrites: bool) -> Secret:
    """Return a primary secret that is to be copied into more regions; one that it was copied into is tried again."""
    asked = {each.region for each in wanted}
    kept = tuple(replica for replica in secret.replicas if replica.region not in asked)
    added = tuple(Replica(each.region, each.key_id, Status.IN_PROGRESS, overwrites=overwrites) for each in wanted)
    return replace(secret, replicas=kept + added)


def with_status(secret: Secret, region: str, status: Status, message: str) -> Secret:
    """Return a primary secret that knows how the copying into a region stands."""
    replicas = [
        replace(replica, status=status, message=message) if replica.region == region else replica
        for replica in secret.replicas
    ]
    return replace(secret, replicas=tuple(replicas))


def without_replicas(secret: Secret, regions: tuple[str, ...]) -> Secret:
    """Return a primary secret that is not copied into some regions any more."""
    return replace(secret, replicas=tuple(replica for replica in secret.replicas if replica.region not in regions))


def _labelled(secret: Secret, version: Version) -> Secret:
    """Return a secret whose version has the labels of ``version`` as well as its own, and no other has them."""
    before = secret.labelled(CURRENT)
    takes_over = CURRENT in version.stages and before is not None and before.identity != version.identity
    moved = version.stages | ({PREVIOUS} if takes_over else frozenset())
    versions = []
    for each in secret.versions:
        stages = each.stages - moved
        if each.identity == version.identity:
            stages |= version.stages
        elif takes_over and before is not None and each.identity == before.identity:
            stages |= {PREVIOUS}
        versions.append(replace(each, stages=stages))
    return replace(secret, versions=tuple(versions))
