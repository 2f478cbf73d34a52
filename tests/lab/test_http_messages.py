"""Messages of HTTP/1.1 are read however their bytes arrive, and what is none is told apart (RFC 9112)."""

from __future__ import annotations

import pytest

from ziggie_harness.lab.http_messages import (
    HEAD_BYTES,
    NotHttp,
    RequestMessage,
    ResponseMessage,
    chunk,
    request_head,
    response_head,
)

REQUEST = request_head("PUT", "/orders/a", [("Host", "api.ziggie.ai"), ("Content-Length", "2")]) + b"hi"
CHUNKED = response_head(200, [("Transfer-Encoding", "chunked")]) + chunk(b"one ") + chunk(b"two") + chunk(b"")
INTERIM = b"HTTP/1.1 102 Processing\r\nx-waits: the database\r\n\r\n"


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_a_request_is_read_in_pieces_of_any_size(at_once: int) -> None:
    """Method, target, headers and body do not depend on how the bytes arrive; what follows is not listened to."""
    message, sent = RequestMessage(), REQUEST + b"GET / HTTP/1.1\r\n\r\n"
    while not message.complete:
        message.feed(sent[:at_once])
        sent = sent[at_once:]
    told = (message.method, message.target, message.version, message.headers["host"], bytes(message.body))
    assert told == ("PUT", "/orders/a", "1.1", "api.ziggie.ai", b"hi")


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_a_response_is_read_in_pieces_of_any_size(at_once: int) -> None:
    """An interim response is passed over, and a body in chunks is put together (RFC 9110 15.2, RFC 9112 7.1)."""
    message, sent = ResponseMessage(), INTERIM + CHUNKED
    interim: dict[str, str] = {}
    while not message.complete:
        message.feed(sent[:at_once])
        interim |= message.interim
        sent = sent[at_once:]
    assert (message.status, message.reason, bytes(message.body)) == (200, "", b"one two")
    assert message.interim == {}
    assert interim == ({} if at_once == 1000 else {"x-waits": "the database"})


def test_without_a_length_the_end_of_the_connection_ends_a_response() -> None:
    """RFC 9112 section 6.3: a response without length and coding lasts until the connection is closed."""
    message = ResponseMessage()
    message.feed(b"HTTP/1.0 404 Not Found\r\n\r\nno")
    assert not message.complete
    message.feed(b"")
    assert message.complete
    assert (message.status, message.reason, bytes(message.body)) == (404, "Not Found", b"no")


@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 20", INTERIM, CHUNKED[:-5], response_head(200, [("Content-Length", "2")]) + b"h"]
)
def test_a_response_that_breaks_off_is_no_response(sent: bytes) -> None:
    """A connection that ends too soon is an error, and not the shorter answer."""
    message = ResponseMessage()
    if sent:
        message.feed(sent)
    with pytest.raises(ConnectionError, match="hung up"):
        message.feed(b"")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "no Host"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "several Host"),
        (b"\x16\x03\x01\x02\x00", "method"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "header"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * HEAD_BYTES, "bytes"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_apart(sent: bytes, why: str) -> None:
    """What RFC 9112 has a server refuse (3.2, 5.2, 6.3) is refused with its reason, and a head has a limit."""
    with pytest.raises(NotHttp, match=why):
        RequestMessage().feed(sent)


def test_a_reply_in_another_protocol_is_no_response() -> None:
    """A mail server's greeting is not taken for a status."""
    with pytest.raises(NotHttp):
        ResponseMessage().feed(b"220 mail.ziggie.ai\r\n\r\n")


def test_nothing_can_be_smuggled_into_a_head() -> None:
    """RFC 9110 section 5.5: a line break in a value would begin a header of its own."""
    for smuggled in ("a\r\nx: y", "a\nx: y", "a\0"):
        with pytest.raises(ValueError, match="line break"):
            request_head("GET", "/", [("Host", smuggled)])
        with pytest.raises(ValueError, match="line break"):
            response_head(200, [("Reason", smuggled)])
