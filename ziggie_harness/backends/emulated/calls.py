"""What passes between the gateway, the overlays and moto: a call, its answer, or AWS's error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request as it came in; header names are in lower case."""

    method: str
    target: str
    """Path and query, percent-encoded as they were sent."""
    host: str
    """The Host header without a port."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response to send."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """An AWS API call, understood: which operation of which service, with parameters named as boto3 names them."""

    service: str
    """As botocore names it: `route53`, `rds`."""
    operation: str
    """As AWS names it: `ChangeResourceRecordSets`; empty when the service model knows no such operation."""
    region: str
    """The region whose endpoint was called."""
    caller_site: str
    parameters: Mapping[str, Any]
    request: HttpRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: the members of the operation's output shape, named and typed as boto3 returns them."""

    result: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that the answer gets besides those of its result."""


class AwsError(Exception):
    """An error that AWS answers. The HTTP status is the service model's for this code, or 400, unless given."""

    def __init__(
        self, code: str, message: str, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Name the error as AWS does."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}


class Overlay(Protocol):
    """Semantics that AWS has and moto lacks. Calls of one service are handled one after the other."""

    def handle(self, call: Call) -> Answer | None:
        """Answer a call, raise the AwsError that AWS answers, or return None to let moto do it."""
        ...

    def after(self, call: Call, answer: Answer) -> Answer:
        """Note a call that moto answered, and return what the caller gets: the same answer, or a corrected one."""
        ...
