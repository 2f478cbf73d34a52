"""Sockets that answer DNS questions: threads that read a question, ask for its answer and send it back."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

QUESTION_MOST_BYTES: Final = 4096
"""More than any question needs; what is longer is cut off and then no DNS message."""

IDLE_SECONDS: Final = 10.0
"""How long, in wall time, a TCP connection may be silent. Source: RFC 7766 section 6.2.3, "a few seconds" at least."""

TCP_MOST: Final = 64
"""How many TCP connections are served at once; more are closed at once, as a limit on everything demands."""


class Answering(Protocol):
    """Turns a question, from an address and by UDP or TCP, into an answer, or None for silence."""

    def __call__(self, question: bytes, asker: tuple[str, int], *, by_udp: bool) -> bytes | None:
        """Answer one message."""


class DnsServer:
    """Answers on a UDP and a TCP socket that the caller bound. A context manager: leaving it stops and closes both.

    Its threads are no actors: who asks is at work meanwhile, so drill time runs at wall speed. A question that its
    program cannot digest gets silence, the next ones are answered, and the end of the block raises the first error.
    """

    def __init__(
        self, udp: socket.socket, tcp: socket.socket, answering: Answering, *, name: str, threads: int = 1
    ) -> None:
        """Prepare to serve; ``threads`` is how many UDP questions may be in hand at once."""
        self._udp, self._tcp, self._answering, self._name = udp, tcp, answering, name
        self._wake: socket.socket
        self._woken: socket.socket
        self._threads = [
            threading.Thread(target=self._serve_udp, name=f"{name} udp", daemon=True) for _ in range(threads)
        ]
        self._threads.append(threading.Thread(target=self._serve_tcp, name=f"{name} tcp", daemon=True))
        self._places = threading.BoundedSemaphore(TCP_MOST)
        self._failures: list[Exception] = []

    def __enter__(self) -> Self:
        """Start to serve."""
        self._wake, self._woken = socket.socketpair()
        self._udp.settimeout(0)
        self._tcp.listen(TCP_MOST)
        self._tcp.settimeout(0)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and close the sockets."""
        self._wake.close()
        for thread in self._threads:
            thread.join(IDLE_SECONDS)
        for sock in (self._udp, self._tcp, self._woken):
            sock.close()
        if self._failures and error is None:
            raise self._failures[0]
        if self._failures and error is not None:
            error.add_note(f"the {self._name} failed too: {self._failures[0]!r}")

    def _ready(self, sock: socket.socket) -> bool:
        """Wait for a socket; return False when it is time to stop."""
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        return self._woken.fileno() not in {descriptor for descriptor, _ in poll.poll()}

    def _answer(self, question: bytes, asker: tuple[str, int], *, by_udp: bool) -> bytes | None:
        """Ask for the answer to one message, keeping an error for the end of the block."""
        try:
            return self._answering(question, asker, by_udp=by_udp)
        except Exception as failure:  # noqa: BLE001 - a server survives a question, and the error is raised at the end
            self._failures.append(failure)
            return None

    def _serve_udp(self) -> None:
        """Answer datagrams until it is time to stop."""
        while self._ready(self._udp):
            try:
                question, peer = self._udp.recvfrom(QUESTION_MOST_BYTES)
                if answer := self._answer(question, peer, by_udp=True):
                    self._udp.sendto(answer, peer)
            except BlockingIOError:
                continue  # another thread took the datagram, or there is no room to send: both are a lost packet
            except OSError:
                continue  # an ICMP error of an earlier answer, reported here; who asked will ask again

    def _serve_tcp(self) -> None:
        """Accept connections until it is time to stop."""
        while self._ready(self._tcp):
            try:
                connection, peer = self._tcp.accept()
            except OSError:
                continue  # the client gave up between the wake-up and here
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            serve = threading.Thread(
                target=self._converse, args=(connection, peer), name=f"{self._name} tcp client", daemon=True
            )
            serve.start()

    def _converse(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        """Answer the questions of one connection."""
        try:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(IDLE_SECONDS)
                while length := exactly(connection, 2):
                    question = exactly(connection, struct.unpack("!H", length)[0])
                    answer = self._answer(question, peer, by_udp=False) if question else None
                    if not answer:
                        return
                    connection.sendall(struct.pack("!H", len(answer)) + answer)
        finally:
            self._places.release()


def exactly(connection: socket.socket, count: int) -> bytes:
    """Read exactly so many bytes, or return empty when the peer hangs up before."""
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            return b""
        data += piece
    return data
