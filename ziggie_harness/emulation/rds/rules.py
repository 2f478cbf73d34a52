"""What the control plane of RDS refuses, rule by rule, each with its source.

Error codes and statuses are those of the botocore service model. Where the text of a message is known from a real
account's report, the rule says where from; the other messages are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeVar

from ziggie_harness.emulation.rds.instance import Instance, Key, State
from ziggie_harness.emulation.rds.requests import (
    CreateInstance,
    CreateReplica,
    Delete,
    Modify,
    Promote,
    Reboot,
    Request,
)

Instances = Mapping[Key, Instance]

RETENTION_DAYS: Final = range(36)
"""BackupRetentionPeriod: "Must be a value from 0 to 35" (botocore service model)."""

REPLICAS_OF_ONE_SOURCE: Final = 15
"""SourceDBInstanceIdentifier: "Each DB instance can have up to 15 read replicas" (botocore service model)."""

_IDENTIFIER: Final = re.compile(r"[a-z](-?[a-z0-9])*", re.IGNORECASE)
_IDENTIFIER_LENGTH: Final = 63
_USERNAME: Final = re.compile(r"[a-z][a-z0-9_]{0,15}", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"""[!-.0-?A-~ ]{8,128}""")
_FORBIDDEN_IN_PASSWORD: Final = frozenset('/"@')


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the API."""

    code: str
    message: str
    status: int = HTTPStatus.BAD_REQUEST


R = TypeVar("R", bound=Request)
