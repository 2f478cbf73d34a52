"""A deployed function, as AWS Lambda keeps it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ziggie_harness.emulation.functions.retries import RetryPolicy

DEFAULT_TIMEOUT_SECONDS: Final = 3
DEFAULT_MEMORY_MEGABYTES: Final = 128
"""Source: Lambda API reference, CreateFunction: Timeout "The default is 3 seconds", MemorySize "128 MB"."""

LATEST: Final = "$LATEST"


@dataclass(frozen=True, slots=True)
class Settings:
    """What its owner configures of a function."""

    role: str
    """The ARN of the role that it runs with."""
    handler: str
    """MODULE.FUNCTION."""
    runtime: str
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    memory_megabytes: int = DEFAULT_MEMORY_MEGABYTES
    environment: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    dead_letter_arn: str = ""
    """The queue or topic that gets an event which was given up, or empty."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """Who is told of an asynchronous invocation that ended: ARNs, or empty."""

    on_success: str = ""
    on_failure: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function in one region, its code and who may invoke it."""

    region: str
    name: str
    account: str
    settings: Settings
    archive: bytes
    """The zip file of its code."""
    statements: tuple[Mapping[str, Any], ...] = ()
    """The statements of its resource policy."""
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    destinations: Destinations = field(default_factory=Destinations)

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def code_sha256(self) -> str:
        """The digest of its code as Lambda tells it."""
        return base64.b64encode(hashlib.sha256(self.archive).digest()).decode()

    @property
    def policy(self) -> Mapping[str, Any] | None:
        """Its resource policy; None while nobody was let in."""
        if not self.statements:
            return None
        return {"Version": "2012-10-17", "Id": "default", "Statement": list(self.statements)}

    def letting_in(self, statement: Mapping[str, Any]) -> Function:
        """Return it with one more statement in its policy."""
        return replace(self, statements=(*self.statements, statement))

    def without(self, identity: str) -> Function:
        """Return it without a statement of its policy."""
        return replace(self, statements=tuple(each for each in self.statements if each["Sid"] != identity))


def name_of(named: str) -> str:
    """Return the name of a function that a request names by name, ARN or part of an ARN.

    Source: Lambda API reference, GetFunction, FunctionName: "Function name - my-function ... Function ARN ... Partial
    ARN - 123456789012:function:my-function". Versions and aliases are not emulated.
    """
    return named.partition("function:")[2].partition(":")[0] if "function:" in named else named.partition(":")[0]
