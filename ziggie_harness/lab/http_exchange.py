"""HTTP over a line: one request, one response, and an interim word of a server that rests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ziggie_harness.lab.http_messages import NotHttp, ResponseMessage, request_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ziggie_harness.lab.wire import Line, Timer

WAITS_HEADER: Final = "x-ziggie-waits-for"
"""In an interim response (102, RFC 2518 section 10.1): what the server rests for; nothing arrives until it is over."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to send over a line."""

    method: str
    path: str
    host: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange(clock: Timer, line: Line, request: Request, *, head_seconds: float, body_seconds: float) -> Reply:
    """Send a request and read its response: the status within ``head_seconds``, the body within ``body_seconds`` more.

    Raises Silence for a late part, ConnectionError for a connection that ends too soon or does not speak HTTP.
    """
    head = [
        ("Host", request.host),
        ("Connection", "close"),
        ("Content-Length", str(len(request.body))),
        *request.headers.items(),
    ]
    until = clock.now() + head_seconds
    line.send(request_head(request.method, request.path, head) + request.body, until)
    response = ResponseMessage()
    try:
        await_head(response, line, until)
        until = clock.now() + body_seconds
        # The response to a HEAD tells the length of a body that it does not have (RFC 9110, section 9.3.2).
        while not response.complete and request.method != "HEAD":
            response.feed(line.receive("body", until))
    except NotHttp as error:
        raise ConnectionError(f"{line.address}:{line.port} does not answer in HTTP: {error}") from error
    return Reply(response.status, response.headers, bytes(response.body))


def await_head(response: ResponseMessage, line: Line, until_seconds: float) -> None:
    """Read until the head of a response is here, at rest while its server says that it rests. Raises NotHttp."""
    while not response.headed:
        response.feed(line.receive("status", until_seconds))
        line.peer_waits_for(response.interim.get(WAITS_HEADER) or None)
