"""What Lambda refuses, one function a rule, each with the source of the fact."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Parameters = Mapping[str, Any]
"""The parameters of a request, named as boto3 names them."""

INVALID: Final = "InvalidParameterValueException"
VALIDATION: Final = "ValidationException"
TOO_LARGE: Final = "RequestTooLargeException"

LONGEST_SECONDS: Final = 900
MEMORY_MEGABYTES: Final = range(128, 10_241)
ENVIRONMENT_BYTES: Final = 4096
ARCHIVE_BYTES: Final = 50 * 1024 * 1024
SYNCHRONOUS_BYTES: Final = 6 * 1024 * 1024
ASYNCHRONOUS_BYTES: Final = 1024 * 1024
MOST_RETRIES: Final = 2
AGE_SECONDS: Final = range(60, 21_601)

RESERVED: Final = re.compile(
    "_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|"
    "AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
)
"""Source: Lambda developer guide, "Defined runtime environment variables", "Reserved environment variables"."""

DEPLOYING: Final = ("CreateFunction", "UpdateFunctionConfiguration")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, in AWS's words."""

    code: str
    message: str


def timeout_is_offered(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse a timeout of no time, or of more than 900 s.

    Source: Lambda API reference, CreateFunction, Timeout: "The maximum allowed value is 900 seconds", minimum 1.
    """
    seconds = request.get("Timeout", 1)
    if operation in DEPLOYING and not 1 <= seconds <= LONGEST_SECONDS:
        yield Refusal(
            VALIDATION, f"Value '{seconds}' at 'timeout' failed to satisfy constraint: 1 to {LONGEST_SECONDS}"
        )


def memory_is_offered(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse less than 128 MB and more than 10,240 MB of memory.

    Source: Lambda developer guide, "Lambda quotas": "Function memory allocation 128 MB to 10,240 MB".
    """
    megabytes = request.get("MemorySize", MEMORY_MEGABYTES.start)
    if operation in DEPLOYING and megabytes not in MEMORY_MEGABYTES:
        yield Refusal(VALIDATION, f"Value '{megabytes}' at 'memorySize' failed to satisfy constraint: 128 to 10240")


def environment_is_small(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse an environment of more than 4 KB.

    Source: Lambda developer guide, "Lambda quotas": "Environment variables ... 4 KB, for all ... in aggregate".
    """
    variables = (request.get("Environment") or {}).get("Variables") or {}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if operation in DEPLOYING and size > ENVIRONMENT_BYTES:
        told = "Lambda was unable to configure your environment variables because the environment variables you have "
        yield Refusal(INVALID, f"{told}provided exceeded the 4KB limit.")


def environment_is_own(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse a variable that the runtime sets.

    Source: Lambda developer guide, "Defined runtime environment variables": "The keys for these environment variables
    are reserved and cannot be set in your function configuration".
    """
    variables = (request.get("Environment") or {}).get("Variables") or {}
    taken = sorted(name for name in variables if RESERVED.fullmatch(name))
    if operation in DEPLOYING and taken:
        told = "Lambda was unable to configure your environment variables because the environment variables you have "
        told += "provided contains reserved keys that are currently not supported for modification. "
        yield Refusal(INVALID, f"{told}Reserved keys used in this request: {', '.join(taken)}")


def code_is_an_archive(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse code that is no zip file, or one of more than 50 MB.

    Source: Lambda developer guide, "Lambda quotas": "50 MB (zipped, when uploaded through the Lambda API)". Observed:
    "Could not unzip uploaded file. Please check your file, then try to upload again."
    """
    if operation not in {"CreateFunction", "UpdateFunctionCode"}:
        return
    given = (request.get("Code") or {}) if operation == "CreateFunction" else request
    archive: bytes = given.get("ZipFile") or b""
    if len(archive) > ARCHIVE_BYTES:
        yield Refusal(TOO_LARGE, f"Request must be smaller than {ARCHIVE_BYTES} bytes for the {operation} operation")
    elif not zipfile.is_zipfile(io.BytesIO(archive)):
        told = "Could not unzip uploaded file. Please check your file, then try to upload again."
        yield Refusal(INVALID, told)


def payload_is_small(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse a payload of more than 6 MB, or of more than 1 MB where nobody waits.

    Source: Lambda developer guide, "Lambda quotas": "6 MB each for request and response (synchronous), 1 MB
    (asynchronous)".
    """
    kind = request.get("InvocationType", "RequestResponse")
    most = ASYNCHRONOUS_BYTES if kind == "Event" else SYNCHRONOUS_BYTES
    size = len(request.get("Payload") or b"")
    if operation == "Invoke" and size > most:
        yield Refusal(
            TOO_LARGE, f"{size} byte payload is too large for the {kind} invocation type (limit {most} bytes)"
        )


def payload_is_json(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse a payload that is no JSON.

    Source: Lambda API reference, Invoke, "InvalidRequestContentException: The request body could not be parsed as
    JSON".
    """
    payload = request.get("Payload")
    if operation == "Invoke" and payload and not _is_json(payload):
        yield Refusal("InvalidRequestContentException", "Could not parse request body into json")


def retries_are_offered(operation: str, request: Parameters) -> Iterator[Refusal]:
    """Refuse more than two retries, and events that may be older than 6 h or not even a minute old.

    Source: botocore service model lambda, shapes MaximumRetryAttempts (0 to 2), MaximumEventAgeInSeconds (60 to 21600).
    """
    if operation not in {"PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"}:
        return
    retries, age = request.get("MaximumRetryAttempts", 0), request.get("MaximumEventAgeInSeconds", AGE_SECONDS.start)
    if not 0 <= retries <= MOST_RETRIES:
        yield Refusal(VALIDATION, f"Value '{retries}' at 'maximumRetryAttempts' failed to satisfy constraint: 0 to 2")
    if age not in AGE_SECONDS:
        told = f"Value '{age}' at 'maximumEventAgeInSeconds' failed to satisfy constraint: 60 to 21600"
        yield Refusal(VALIDATION, told)


def _is_json(payload: bytes) -> bool:
    """Say whether bytes are JSON."""
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True


RULES: Final[tuple[Callable[[str, Parameters], Iterator[Refusal]], ...]] = (
    timeout_is_offered,
    memory_is_offered,
    environment_is_small,
    environment_is_own,
    code_is_an_archive,
    payload_is_small,
    payload_is_json,
    retries_are_offered,
)


def refusal(operation: str, request: Parameters) -> Refusal | None:
    """Return why Lambda refuses a request, or None."""
    return next((refused for rule in RULES for refused in rule(operation, request)), None)
