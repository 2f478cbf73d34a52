"""HTTP over a line: one request, one response, and an interim word of a server that rests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import h11

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
    client = h11.Connection(h11.CLIENT)
    head = [
        ("Host", request.host),
        ("Connection", "close"),
        ("Content-Length", str(len(request.body))),
        *request.headers.items(),
    ]
    until = clock.now() + head_seconds
    pieces = [client.send(h11.Request(method=request.method, target=request.path, headers=head))]
    if request.body:
        pieces.append(client.send(h11.Data(data=request.body)))
    pieces.append(client.send(h11.EndOfMessage()))
    line.send(b"".join(piece for piece in pieces if piece), until)
    try:
        response = next_event(client, line, "status", until)
        if not isinstance(response, h11.Response):
            raise ConnectionError(f"{line.address}:{line.port} hung up without a response")
        until = clock.now() + body_seconds
        body = bytearray()
        while isinstance(event := next_event(client, line, "body", until), h11.Data):
            body += event.data
    except h11.RemoteProtocolError as error:
        raise ConnectionError(f"{line.address}:{line.port} does not answer in HTTP: {error}") from error
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    return Reply(response.status_code, headers, bytes(body))


def next_event(client: h11.Connection, line: Line, phase: str, until_seconds: float) -> object:
    """Return the next event of an HTTP conversation, reading as much as it takes."""
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            client.receive_data(line.receive(phase, until_seconds))
        elif isinstance(event, h11.InformationalResponse):
            line.peer_waits_for(dict(event.headers).get(WAITS_HEADER.encode(), b"").decode("latin-1") or None)
        else:
            line.peer_waits_for(None)
            return event
