"""What SNS refuses of a publication and of a subscription, one function a rule, each with the source of the fact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Parameters = Mapping[str, Any]
"""The parameters of a request, named as boto3 names them."""

MESSAGE_MOST_BYTES: Final = 262_144
"""Source: botocore service model, sns, PublishInput.Message: "at most 256 KB (262,144 bytes)"."""

SUBJECT_LONGEST: Final = 100

PROTOCOLS: Final = ("https", "http", "email", "email-json", "sqs", "lambda")
"""Those of botocore's SubscribeInput.Protocol that are emulated."""

ELSEWHERE: Final = ("sms", "application", "firehose")
"""Those that are not."""


def message_is_there_and_small(request: Parameters) -> Iterator[str]:
    """Refuse an empty message and one of more than 256 KB.

    Source: botocore service model, PublishInput.Message. Observed: "Invalid parameter: Empty message" and "Invalid
    parameter: Message too long".
    """
    message = request.get("Message", "")
    if not message:
        yield "Invalid parameter: Empty message"
    elif len(message.encode()) > MESSAGE_MOST_BYTES:
        yield "Invalid parameter: Message too long"


def subject_is_a_line(request: Parameters) -> Iterator[str]:
    """Refuse a subject that is empty, long, or of several lines.

    Source: botocore service model, PublishInput.Subject: "must be ASCII text that begins with a letter, number, or
    punctuation mark; must not include line breaks or control characters; and must be less than 100 characters long".
    """
    subject = request.get("Subject")
    if subject is not None and not (0 < len(subject) < SUBJECT_LONGEST and subject.isascii() and subject.isprintable()):
        yield "Invalid parameter: Subject"


def structure_has_a_default(request: Parameters) -> Iterator[str]:
    """Refuse a message for each protocol that is no JSON object with a default.

    Source: botocore service model, PublishInput.MessageStructure: "contain at least a top-level JSON key of "default"".
    """
    if request.get("MessageStructure") != "json":
        return
    try:
        messages = json.loads(request.get("Message", ""))
    except ValueError:
        messages = None
    if not isinstance(messages, dict) or not isinstance(messages.get("default"), str):
        yield "Invalid parameter: Message Structure - No default entry in JSON message body"


def endpoint_fits_protocol(request: Parameters) -> Iterator[str]:
    """Refuse an endpoint that is none of its protocol.

    Source: botocore service model, SubscribeInput.Endpoint. Observed: "Invalid parameter: Endpoint must match the
    specified protocol".
    """
    protocol, endpoint = request.get("Protocol", ""), request.get("Endpoint", "")
    begins = {"https": "https://", "http": "http://", "sqs": "arn:aws:sqs:", "lambda": "arn:aws:lambda:"}
    if protocol not in (*PROTOCOLS, *ELSEWHERE):
        yield f"Invalid parameter: Does not support this protocol string: {protocol}"
    elif not endpoint.startswith(begins.get(protocol, "")) or (protocol.startswith("email") and "@" not in endpoint):
        yield "Invalid parameter: Endpoint must match the specified protocol"


OF_OPERATION: Final[Mapping[str, tuple[Callable[[Parameters], Iterator[str]], ...]]] = {
    "Publish": (message_is_there_and_small, subject_is_a_line, structure_has_a_default),
    "Subscribe": (endpoint_fits_protocol,),
}
"""The rules of each operation; who breaks one gets InvalidParameter."""

RULES: Final = tuple(rule for rules in OF_OPERATION.values() for rule in rules)
"""All of them, for documentation and tests."""


def errors(operation: str, request: Parameters) -> tuple[str, ...]:
    """Return the messages against a request."""
    return tuple(message for rule in OF_OPERATION.get(operation, ()) for message in rule(request))


def message_for(request: Parameters, protocol: str) -> str:
    """Return the text that a protocol gets of a publication.

    Source: botocore service model, PublishInput.MessageStructure.
    """
    message: str = request["Message"]
    if request.get("MessageStructure") != "json":
        return message
    messages: dict[str, str] = json.loads(message)
    return messages.get(protocol, messages["default"])
