"""The declared functions: the owner's code, where it runs, what it is told, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictInt
from pydantic.dataclasses import dataclass

from ziggie_harness.model.values import STRICT, Name, Positive, Role, spelled, whole


@dataclass(frozen=True, slots=True, config=STRICT)
class Function:
    """A Lambda function in Python.

    Limits: Lambda API reference, CreateFunction (Timeout 1 to 900 s, default 3; Handler); Lambda quotas (memory 128 to
    10,240 MB); botocore service model, MaximumRetryAttempts (0 to 2).
    """

    region: Role
    code: str
    """The folder of its code, relative to the file that declares it."""
    handler: Annotated[str, spelled(r"[\w./-]+\.\w+", "MODULE.FUNCTION")] = "lambda_function.lambda_handler"
    timeout_seconds: Annotated[
        Positive, Field(le=900, validation_alias="timeout", serialization_alias="timeout"), AfterValidator(whole)
    ] = 3.0
    memory_megabytes: Annotated[StrictInt, Field(ge=128, le=10_240)] = 128
    environment: Mapping[str, str] = Field(default_factory=dict)
    """Its variables. `$REPLICA` and other settings of the lab stand for what is known only when it lives."""
    allowed: tuple[str, ...] = ()
    """The actions that its role may take, on everything."""
    admits: tuple[Literal["events", "sns", "alarms"], ...] = ("events",)
    """The services of AWS that its resource policy lets in."""
    retries: Annotated[StrictInt, Field(ge=0, le=2)] = 2
    on_failure: Name | None = None
    """The topic that is told of an event that was given up."""
