"""HTTP/1.1 messages: read by llhttp, the parser of Node.js, and written as the few lines that they are.

General source: RFC 9112. A drill makes hundreds of exchanges, and a parser in C spares it half a millisecond for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import httptools

Headers = Iterable[tuple[str, str]]

HEAD_BYTES: Final = 65536
"""How long a message may be before its headers end."""

INTERIM: Final = range(100, 200)


class NotHttp(ConnectionError):
    """The peer says something that is no HTTP."""


class Message:
    """One message as its bytes arrive. Names of headers are in lower case; whoever reads may take the body away."""

    def __init__(self) -> None:
        """Know nothing of it yet."""
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.headed = False
        """Whether all of its head is here."""
        self.complete = False
        self._head_bytes = 0

    def take_in(self, parser: httptools.HttpRequestParser | httptools.HttpResponseParser, data: bytes) -> None:
        """Take in bytes; NotHttp for what is no message. What follows a complete one is not listened to."""
        self._head_bytes += 0 if self.headed else len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise NotHttp("it changes to another protocol") from None
        except httptools.HttpParserError as error:
            if not self.complete:
                raise NotHttp(str(error.__context__ or error)) from error
        if not self.headed and self._head_bytes > HEAD_BYTES:
            raise NotHttp(f"its head has more than {HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        """Begin a message; llhttp asks before each."""
        if self.complete:
            raise NotHttp("another message follows")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; the values of one that comes several times are joined (RFC 9110, section 5.3)."""
        key, told = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if key == "host" and key in self.headers:
            raise NotHttp("it has several Host headers")
        self.headers[key] = f"{self.headers[key]}, {told}" if key in self.headers else told

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self.body += piece

    def on_message_complete(self) -> None:
        """Note the end, unless it is that of an interim response."""
        self.complete = self.headed


class RequestMessage(Message):
    """A request, as a server reads it."""

    def __init__(self) -> None:
        """Know nothing of it yet."""
        super().__init__()
        self.method = self.target = self.version = ""
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Take in what arrived, nothing at the connection's end. Raises NotHttp, ConnectionError for an early end."""
        if not data:
            raise ConnectionError("the peer hung up before its request was complete")
        self.take_in(self._parser, data)

    def on_url(self, piece: bytes) -> None:
        """Keep a piece of the target."""
        self.target += piece.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Learn what is asked; HTTP/1.1 without a host is none (RFC 9112, section 3.2)."""
        self.method, self.version = self._parser.get_method().decode("ascii"), self._parser.get_http_version()
        if self.version == "1.1" and "host" not in self.headers:
            raise NotHttp("it has no Host header")
        self.headed = True


class ResponseMessage(Message):
    """A response, as a client reads it. Interim ones before it are passed over; the last one's headers are kept."""

    def __init__(self) -> None:
        """Know nothing of it yet."""
        super().__init__()
        self.status = 0
        self.reason = ""
        self.interim: dict[str, str] = {}
        """The headers of the last interim response, until the head of the final one is here."""
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take in what arrived, nothing at the connection's end. Raises NotHttp, ConnectionError for an early end."""
        if data:
            self.take_in(self._parser, data)
        elif self.headed and self._ends_with_the_connection():
            self.complete = True
        else:
            raise ConnectionError("the peer hung up before its response was complete")

    def on_status(self, piece: bytes) -> None:
        """Keep a piece of the reason phrase."""
        self.reason += piece.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Learn what is answered, and begin anew after an interim response."""
        self.status = self._parser.get_status_code()
        if self.status in INTERIM:
            self.interim, self.headers, self.reason = self.headers, {}, ""
        else:
            self.interim, self.headed = {}, True

    def _ends_with_the_connection(self) -> bool:
        """Say whether nothing else tells the end of the body (RFC 9112, section 6.3)."""
        coding = self.headers.get("transfer-encoding")
        return "content-length" not in self.headers if coding is None else not coding.lower().endswith("chunked")


def request_head(method: str, target: str, headers: Headers) -> bytes:
    """Write the head of a request; ValueError for what would end a line of it too soon."""
    return _head(f"{method} {target} HTTP/1.1", headers)


def response_head(status: int, headers: Headers) -> bytes:
    """Write the head of a response, without a reason phrase; ValueError for what would end a line of it too soon."""
    return _head(f"HTTP/1.1 {status} ", headers)


def chunk(piece: bytes) -> bytes:
    """Write a piece of a body whose length is not told beforehand (RFC 9112, section 7.1); an empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def _head(start: str, headers: Headers) -> bytes:
    """Write a start line and headers."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    for line in lines:
        if "\r" in line or "\n" in line or "\0" in line:
            raise ValueError(f"no line of an HTTP message holds a line break or a zero: {line!r}")
    return "\r\n".join((*lines, "", "")).encode("latin-1")
