"""The errors that the API of RDS answers, and the account that its rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from ziggie_harness.emulation.rds.instance import Instance, Key

Instances = Mapping[Key, Instance]
"""Every instance of the account, in all regions."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the API answers."""

    code: str
    message: str
    status: int = HTTPStatus.BAD_REQUEST


def unknown(name: str) -> Refusal:
    """Return the error for a name that stands for no instance."""
    return Refusal("DBInstanceNotFound", f"DBInstance {name} not found.", HTTPStatus.NOT_FOUND)


def replicas_of(key: Key, instances: Instances) -> tuple[Key, ...]:
    """Return the replicas of an instance, in all regions, in order."""
    return tuple(sorted(instance.key for instance in instances.values() if instance.source == key))


def unavailable(instance: Instance) -> Refusal:
    """Return the error for an instance that is busy with something else."""
    name, state = instance.key.identifier, instance.state
    return Refusal("InvalidDBInstanceState", f"Instance {name} is not in available state: it is {state}.")
