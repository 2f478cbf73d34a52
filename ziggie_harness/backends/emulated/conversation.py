"""The server's side of HTTP/1.1 on one connection: request after request, each with its reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import h11

from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse

if TYPE_CHECKING:
    import socket

MOST_BODY_BYTES: Final = 64 * 1024 * 1024
"""A longer request is hung up on."""

PIECE_BYTES: Final = 65536

OUR_HEADERS: Final = frozenset({"content-length", "connection", "transfer-encoding", "date"})
"""Headers that the connection decides on, not the answer."""


class Conversation:
    """A connection on which a client asks and we reply, until one of both ends it."""

    def __init__(self, connection: socket.socket) -> None:
        """Begin on a connection that is ready to be read."""
        self._connection = connection
        self._state = h11.Connection(h11.SERVER)

    def request(self) -> HttpRequest | None:
        """Return the next request, None at the end; h11.ProtocolError for what is no HTTP or too long."""
        if self._state.our_state is h11.DONE:
            self._state.start_next_cycle()
        head = self._next_event()
        if not isinstance(head, h11.Request):
            return None
        body = bytearray()
        while isinstance(event := self._next_event(), h11.Data):
            body += event.data
            if len(body) > MOST_BODY_BYTES:
                raise h11.RemoteProtocolError(f"a body of more than {MOST_BODY_BYTES} bytes", error_status_hint=413)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in head.headers}
        host = headers.get("host", "").partition(":")[0]
        return HttpRequest(head.method.decode(), head.target.decode("latin-1"), host, headers, bytes(body))

    def reply(self, request: HttpRequest, response: HttpResponse) -> None:
        """Send the reply to a request; one to a HEAD tells the length of what it does not send (RFC 9110, 8.6)."""
        headers = [(name, value) for name, value in response.headers.items() if name.lower() not in OUR_HEADERS]
        told = {name.lower(): value for name, value in response.headers.items()}.get("content-length")
        length = told if told and request.method == "HEAD" else str(len(response.body))
        headers.append(("Content-Length", length))
        pieces = [self._state.send(h11.Response(status_code=response.status, headers=headers))]
        if response.body and request.method != "HEAD":
            pieces.append(self._state.send(h11.Data(data=response.body)))
        pieces.append(self._state.send(h11.EndOfMessage()))
        self._connection.sendall(b"".join(piece for piece in pieces if piece))

    def _next_event(self) -> object:
        """Return the next event, reading as much as it takes; an end of the connection is one, too."""
        while (event := self._state.next_event()) is h11.NEED_DATA:
            if self._state.they_are_waiting_for_100_continue:
                go_on = self._state.send(h11.InformationalResponse(status_code=100, headers=[]))
                self._connection.sendall(go_on or b"")
            self._state.receive_data(self._connection.recv(PIECE_BYTES))
        return event
