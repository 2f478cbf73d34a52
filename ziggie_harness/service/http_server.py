"""A small HTTPS server: one thread a connection, one request a connection, and an interim word to a client who waits.

Everything that a client can delay, the TLS handshake included, happens in the connection's own thread. A thread that is
done takes the next connection, as starting one costs more than many an answer.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ziggie_harness.lab.http_exchange import WAITS_HEADER
from ziggie_harness.lab.http_messages import RequestMessage, chunk, response_head

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from ziggie_harness.kernel.process_clock import ProcessClock
    from ziggie_harness.service.settings import Listening

BACKLOG: Final = 4096
"""How many connections may wait to be accepted: Linux's somaxconn, as busy servers ask for."""

CLIENT_SECONDS: Final = 30.0
"""For how long, in wall time, a client may take over each part of what it sends or reads."""

BODY_BYTES: Final = 65536
"""The longest body that a request may have."""

PIECE_BYTES: Final = 65536


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came, and a way to tell its client that the server rests."""

    method: str
    path: str
    body: bytes
    lasting: Callable[[], None]
    """Make this thread an actor of the clock until its answer is sent; needed before it rests."""
    resting: Callable[[str], None]
    """Tell the client why its answer has to wait for somebody who cannot answer; for clients in the lab only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; the pieces of its body are made while they are sent."""

    status: int
    body: Iterable[bytes] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def plain(status: int, text: str) -> Answer:
    """Return an answer of one line."""
    return Answer(status, (text.encode() + b"\n",), {"content-type": "text/plain"})


def structured(status: int, document: Mapping[str, object]) -> Answer:
    """Return an answer that is a JSON object."""
    return Answer(status, (json.dumps(document).encode() + b"\n",), {"content-type": "application/json"})


def log(sentence: str) -> None:
    """Write a line for whoever reads the log of this process."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - standard error is the log


@dataclass(frozen=True, slots=True)
class Program:
    """What answers: a function, the headers that go with every answer, and the clock that its threads may rest on."""

    respond: Callable[[Asked], Answer]
    headers: Mapping[str, str]
    clock: ProcessClock


def serve(listening: Listening, program: Program) -> None:
    """Answer requests until the process ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(listening.certificate, listening.key)
    if listening.names:
        context.sni_callback = _only(listening.names)
    # Tickets would be sent to clients who hang up without reading them, and each such end is a reset.
    context.num_tickets = 0
    with socket.create_server((listening.place.address, listening.place.port), backlog=BACKLOG) as listener:
        log(f"listening on {listening.place.address}:{listener.getsockname()[1]}")
        _Crew(listener, lambda connection: _converse(connection, context, program)).start()
        threading.Event().wait()


def _only(names: Collection[str]) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], int | None]:
    """Return what refuses a handshake without one of these names, as servers do whose hosts share an address.

    The alert is the one that Route 53 tells of such endpoints (botocore service model, HealthCheckConfig.EnableSNI).
    """

    def refusal(_connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        return None if name in names else ssl.AlertDescription.ALERT_DESCRIPTION_HANDSHAKE_FAILURE

    return refusal


class _Crew:
    """Threads that accept connections and converse. One always waits to accept, however many converse."""

    def __init__(self, listener: socket.socket, converse: Callable[[socket.socket], None]) -> None:
        self._listener, self._converse = listener, converse
        self._lock = threading.Lock()
        self._waiting = 0

    def start(self) -> None:
        """Send one more thread to work."""
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        """Converse on one connection after the other."""
        while True:
            self._converse(self._accepted())

    def _accepted(self) -> socket.socket:
        """Wait for a connection; the last one who waited sends another to wait in its place."""
        with self._lock:
            self._waiting += 1
        try:
            return self._listener.accept()[0]
        finally:
            with self._lock:
                self._waiting -= 1
                nobody_waits = self._waiting == 0
            if nobody_waits:
                self.start()


def _converse(connection: socket.socket, context: ssl.SSLContext, program: Program) -> None:
    """Answer the one request of a connection; whoever does not speak TLS and HTTP is hung up on."""
    try:
        with connection:
            connection.settimeout(CLIENT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with context.wrap_socket(connection, server_side=True) as secure:
                _answer(secure, program)
                secure.settimeout(0.0)
                with suppress(ssl.SSLWantReadError):  # we said goodbye, and need not hear it back
                    secure.unwrap()
    except OSError:
        return  # the client hung up, took too long, or spoke something else: it knows better than our log


def _answer(secure: ssl.SSLSocket, program: Program) -> None:
    """Read a request and send its answer; a body that breaks off ends the connection before its end."""
    request = RequestMessage()
    while not request.complete:
        request.feed(secure.recv(PIECE_BYTES))
        if len(request.body) > BODY_BYTES:
            return
    with ExitStack() as stack:

        def lasting() -> None:
            stack.enter_context(program.clock.actor("request"))

        def resting(reason: str) -> None:
            secure.sendall(response_head(102, [(WAITS_HEADER, reason)]))

        asked = Asked(request.method, request.target, bytes(request.body), lasting, resting)
        _send(secure, request, _respond(program, asked), program.headers)


def _respond(program: Program, asked: Asked) -> Answer:
    """Have a request answered; a failure is told to its client and to the log, and ends no more than this request."""
    try:
        return program.respond(asked)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next request deserves its answer
        log(f"{asked.method} {asked.path} failed: {error!r}")
        return structured(500, {"reason": f"the service failed: {error!r}", "applied": "unknown"})


def _send(secure: ssl.SSLSocket, request: RequestMessage, answer: Answer, headers: Mapping[str, str]) -> None:
    """Send an answer: of known length when its body is at hand, piece by piece otherwise."""
    everything = [*headers.items(), *answer.headers.items(), ("connection", "close")]
    if isinstance(answer.body, tuple):
        body = b"".join(answer.body)
        everything.append(("content-length", str(len(body))))
        secure.sendall(response_head(answer.status, everything) + (b"" if request.method == "HEAD" else body))
        return
    everything.append(("transfer-encoding", "chunked"))
    secure.sendall(response_head(answer.status, everything))
    for piece in filter(None, answer.body):
        secure.sendall(chunk(piece))
    secure.sendall(chunk(b""))
