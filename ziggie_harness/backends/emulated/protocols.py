"""AWS's wire protocols, read and written by the service models: query, rest-xml, json and rest-json alike.

moto brings parsers, routers and serialisers that are generated from botocore's service models; the version is pinned.
Importing this module imports moto, which is slow and which no two threads may do at once: enter ``Moto`` before.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from botocore.awsrequest import HeadersDict
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.parsers import create_parser
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ

from ziggie_harness.backends.emulated.calls import AwsError, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.core.model import OperationModel, ServiceModel

XML: Final = "application/xml"

SERVER_ERROR: Final = 500

DEFAULT_ERROR_STATUS: Final = 400
"""The status of an error whose shape in the service model gives none."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An operation and its parameters, read out of a request."""

    service: ServiceModel
    operation: OperationModel
    protocol: str
    parameters: Mapping[str, Any]


def environment_of(request: HttpRequest) -> dict[str, Any]:
    """Return a request as WSGI applications want it."""
    headers = [(name, value) for name, value in request.headers.items() if name not in {"host", "content-length"}]
    return create_environ(
        request.target, f"https://{request.host}", method=request.method, data=request.body, headers=headers
    )


def understand(service: str, request: HttpRequest) -> Understood | None:
    """Read operation and parameters out of a request; None when the service model knows no such operation.

    AwsError for a body that is not what the operation takes; its code is general knowledge, from AWS's JSON services.
    """
    wsgi_request = Request(environment_of(request))
    try:
        model = get_service_model(service)
        operation, labels = get_service_router(service).match(wsgi_request)
        protocol = determine_request_protocol(model, wsgi_request.content_type)
    except (HTTPException, NotImplementedError, UnknownServiceError, DataNotFoundError):
        return None
    parts: Any = {
        "method": wsgi_request.method,
        "values": wsgi_request.values,
        "headers": wsgi_request.headers,
        "body": request.body,
        "url_path": wsgi_request.path,
        "url_params": labels,
    }
    try:
        parameters = PROTOCOL_PARSERS[protocol](operation).parse(parts)
    except (RequestParserError, ValueError, TypeError, AttributeError) as error:
        raise AwsError("SerializationException", f"{service} {operation.name} cannot be read: {error}") from error
    return Understood(model, operation, protocol, parameters)


def result_response(understood: Understood, result: Mapping[str, Any]) -> HttpResponse:
    """Write the result of an operation as AWS's HTTP response."""
    identity = str(uuid.uuid4())
    serializer = get_serializer_class(understood.service.service_name, understood.protocol)
    written = serializer(understood.operation, context=SerializationContext(identity)).serialize(result)
    body = written["body"] or b""
    headers = {**written["headers"], "x-amzn-RequestId": identity}
    status = _status_in(understood, result) or written["status_code"]
    if status == HTTPStatus.NO_CONTENT:
        body = b""  # moto's serialisers give it one, which RFC 9110, 15.3.5 does not
    return HttpResponse(status, headers, body.encode() if isinstance(body, str) else body)


def _status_in(understood: Understood, result: Mapping[str, Any]) -> int | None:
    """Return the HTTP status that a member of the result stands for, or None; moto's serialisers pass over it."""
    shape: Any = understood.operation.output_shape
    members: Mapping[str, Any] = shape.members if shape else {}
    named = (name for name, member in members.items() if member.serialization.get("location") == "statusCode")
    return next((int(result[name]) for name in named if name in result), None)


def result_of(understood: Understood, response: HttpResponse) -> Mapping[str, Any]:
    """Read the result of an operation out of an HTTP response, as boto3 would."""
    parser: Any = create_parser(understood.protocol)  # its types claim that every operation has an output
    answer = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body}
    parsed: dict[str, Any] = parser.parse(answer, understood.operation.output_shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


def error_code_of(understood: Understood | None, response: HttpResponse) -> str:
    """Return AWS's code of the error in an HTTP response, empty for a success."""
    if response.status < DEFAULT_ERROR_STATUS:
        return ""
    if understood is None:
        return str(response.status)
    parser: Any = create_parser(understood.protocol)  # its types claim that every operation has an output
    answer = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body}
    return str(parser.parse(answer, None).get("Error", {}).get("Code") or response.status)


def error_response(service: str, understood: Understood | None, error: AwsError) -> HttpResponse:
    """Write an error as the service's protocol does."""
    identity = str(uuid.uuid4())
    status = error.status or (_modelled_status(understood.service, error.code) if understood else DEFAULT_ERROR_STATUS)
    protocol = understood.protocol if understood else "rest-xml"
    if "json" in protocol:
        body = json.dumps({"__type": error.code, "message": error.message})
        kind = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        headers = {"Content-Type": kind, "x-amzn-ErrorType": error.code, "x-amzn-RequestId": identity}
    else:
        body = _error_body(service, understood, error, identity)
        headers = {"Content-Type": XML, "x-amzn-RequestId": identity}
    return HttpResponse(status, {**headers, **error.headers}, body.encode())


def _modelled_status(service: ServiceModel, code: str) -> int:
    """Return the HTTP status that the service model gives for an error code."""
    shapes: Any = service.error_shapes
    traits: Mapping[str, Any] = next(
        (shape.metadata.get("error", {}) for shape in shapes if shape.error_code == code), {}
    )
    return int(traits.get("httpStatusCode", DEFAULT_ERROR_STATUS))


def _error_body(service: str, understood: Understood | None, error: AwsError, identity: str) -> str:
    """Write an error in XML; Amazon S3 has a shape of its own."""
    named = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if service == "s3":
        return f"<Error>{named}<RequestId>{identity}</RequestId></Error>"
    namespace = understood.service.metadata.get("xmlNamespace") if understood else None
    if namespace is None and understood and understood.operation.input_shape is not None:
        namespace = understood.operation.input_shape.serialization.get("xmlNamespace", {}).get("uri")
    attribute = f' xmlns="{namespace}"' if namespace else ""
    side = "Receiver" if (error.status or DEFAULT_ERROR_STATUS) >= SERVER_ERROR else "Sender"
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><ErrorResponse{attribute}><Error><Type>{side}</Type>{named}</Error>"
        f"<RequestId>{identity}</RequestId></ErrorResponse>"
    )
