"""A line waits for a peer at work in real time, and skips the time in which nothing can arrive."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.http_exchange import WAITS_HEADER, Reply, Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line, Silence, ask, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

LOOPBACK = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
VANISH = "packets vanish"


class Paths:
    """Paths on loopback that are stalled when a test says so."""

    def __init__(self) -> None:
        """Begin with everything connected."""
        self.reason: str | None = None

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Enter nothing."""
        assert site
        return nullcontext()

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return the same."""
        return address, port

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Leave the socket as it is."""

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return what the test says."""
        return self.reason if site and address and port else None


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection on loopback in a thread; give the port."""

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            serve(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def get(clock: DrillClock, paths: Paths, port: int, seconds: float = 5.0) -> Reply:
    """Make one request within some drill seconds for each part."""
    with Line(clock, paths, "internet", LOOPBACK, port) as line:
        line.connect(clock.now() + seconds)
        request = Request("GET", "/health", "api.ziggie.ai")
        return exchange(clock, line, request, head_seconds=seconds, body_seconds=seconds)


@pytest.fixture
def clock() -> Iterator[DrillClock]:
    """Give a clock on which the test is an actor."""
    with DrillClock() as clock, clock.actor("test"):
        yield clock


def answers(data: bytes, after_seconds: float = 0.0) -> Callable[[socket.socket], None]:
    """Return a server that reads a request and answers after some real time."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        time.sleep(after_seconds)
        connection.sendall(data)

    return serve


def test_an_answer_arrives_at_wall_speed(clock: DrillClock) -> None:
    """A server that answers is heard, and nothing is skipped."""
    with server(answers(OK)) as port:
        reply = get(clock, Paths(), port)
    assert (reply.status, reply.body) == (200, b"hi")
    assert clock.skipped_seconds == 0.0


def test_a_slow_server_is_work_and_not_idleness(clock: DrillClock) -> None:
    """A server that takes its time is waited for in real time, and its time is measured as it is."""
    with server(answers(OK, after_seconds=0.2)) as port:
        started = clock.now()
        assert get(clock, Paths(), port).status == 200
        assert 0.2 <= clock.now() - started < 2.0
    assert clock.skipped_seconds == 0.0


def test_a_server_too_slow_is_silence_at_the_deadline(clock: DrillClock) -> None:
    """A part that comes too late raises Silence that names the part."""
    with server(answers(OK, after_seconds=1.0)) as port, pytest.raises(Silence) as caught:
        get(clock, Paths(), port, seconds=0.1)
    assert caught.value.phase == "status"


def test_a_stalled_path_costs_no_wall_time(clock: DrillClock) -> None:
    """Waiting in vain ends at its drill time, with the reason, and takes hardly any real time."""
    paths, wall = Paths(), time.monotonic()
    paths.reason = VANISH
    with server(answers(b"", after_seconds=60.0)) as port, pytest.raises(Silence, match=VANISH):
        get(clock, paths, port, seconds=30.0)
    assert 30.0 <= clock.now() < 31.0
    assert time.monotonic() - wall < 2.0


def test_an_answer_on_a_stalled_path_is_heard(clock: DrillClock) -> None:
    """An answer that came all the same is not missed: time does not jump over what has arrived."""
    paths = Paths()
    with server(answers(OK)) as port, Line(clock, paths, "internet", LOOPBACK, port) as line:
        line.connect(5.0)
        line.send(b"GET / HTTP/1.1\r\n\r\n", 5.0)
        assert wait_for(line._socket, writable=False, seconds=5.0)
        paths.reason = VANISH
        assert line.receive("status", 30.0) == OK
    assert clock.skipped_seconds == 0.0


def test_a_heal_in_the_middle_lets_the_answer_come(clock: DrillClock) -> None:
    """A wait that began in vain becomes a real one when the path is healed."""
    paths, healed = Paths(), threading.Event()
    paths.reason = VANISH

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        healed.wait()
        time.sleep(0.05)
        connection.sendall(OK)

    def heal() -> None:
        clock.sleep(10.0)
        paths.reason = None
        healed.set()
        clock.stir()

    with server(serve) as port, clock.actors("fault") as group:
        group.start("heal", heal)
        reply = get(clock, paths, port, seconds=30.0)
    assert reply.status == 200
    assert 10.0 <= clock.now() < 12.0


def test_a_server_that_says_that_it_rests_is_waited_for_at_rest(clock: DrillClock) -> None:
    """After an interim response that names a reason the client skips time with the server, and hears its answer."""
    interim = f"HTTP/1.1 102 Processing\r\n{WAITS_HEADER}: the database is frozen\r\n\r\n".encode()

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        with clock.actor("server"):
            connection.sendall(interim)
            clock.sleep(1.5)
            connection.sendall(OK)

    wall = time.monotonic()
    with server(serve) as port:
        assert get(clock, Paths(), port).status == 200
    assert 1.5 <= clock.now() < 2.5
    assert clock.skipped_seconds > 1.0
    assert time.monotonic() - wall < 1.0


def test_a_refusal_is_told_at_once(clock: DrillClock) -> None:
    """Where nobody listens the connection is refused, and that is no silence."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(ConnectionRefusedError, match="ECONNREFUSED"):
        get(clock, Paths(), port)
    assert clock.now() < 1.0


def test_a_reset_is_a_connection_error(clock: DrillClock) -> None:
    """A peer that resets, and one that hangs up or does not speak HTTP, raise ConnectionError."""

    def reset(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    for serve in (reset, answers(b""), answers(b"220 mail\r\n\r\n"), answers(OK[:-1])):
        with server(serve) as port, pytest.raises(ConnectionError):
            get(clock, Paths(), port)


def test_tls_checks_the_name(clock: DrillClock, tmp_path: Path) -> None:
    """The server's certificate is accepted for its name, and refused for another."""
    authority = CertificateAuthority(tmp_path / "authority")
    context = authority.server_context(authority.issue(["api.ziggie.ai"]))

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(OK)

    with server(serve) as port:
        for name, accepted in (("api.ziggie.ai", True), ("other.ziggie.ai", False)):
            with Line(clock, Paths(), "internet", LOOPBACK, port) as line:
                line.connect(clock.now() + 5.0)
                if not accepted:
                    with pytest.raises(ssl.SSLCertVerificationError):
                        line.start_tls(authority.client_context(), name, clock.now() + 5.0)
                    continue
                line.start_tls(authority.client_context(), name, clock.now() + 5.0)
                request = Request("GET", "/", name)
                assert exchange(clock, line, request, head_seconds=5.0, body_seconds=5.0).body == b"hi"


def test_a_tls_session_is_resumed_where_it_is_known(clock: DrillClock, tmp_path: Path) -> None:
    """A session spares the next handshake with the same server; a server that started anew takes a full one."""
    authority = CertificateAuthority(tmp_path / "authority")
    certificate = authority.issue(["api.ziggie.ai"])
    trust = Trust(authority.client_context())
    resumed: list[bool | None] = []
    old, new = authority.server_context(certificate), authority.server_context(certificate)

    contexts = iter((old, old, new, new))

    def serve(connection: socket.socket) -> None:
        with next(contexts).wrap_socket(connection, server_side=True) as secure:
            resumed.append(secure.session_reused)
            secure.recv(65536)
            secure.sendall(OK)

    with server(serve) as port:
        for _ in range(4):
            with Line(clock, Paths(), "internet", LOOPBACK, port) as line:
                line.connect(clock.now() + 5.0)
                trust.shake_hands(line, "api.ziggie.ai", clock.now() + 5.0)
                request = Request("GET", "/", "api.ziggie.ai")
                assert exchange(clock, line, request, head_seconds=5.0, body_seconds=5.0).body == b"hi"
    assert resumed == [False, True, False, True]


def test_a_datagram_is_answered_or_silence(clock: DrillClock) -> None:
    """A question by UDP gets its answer; on a stalled path it ends in silence at its drill time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((LOOPBACK, 0))
        place = peer.getsockname()

        def reply() -> None:
            data, client = peer.recvfrom(512)
            peer.sendto(data.upper(), client)

        threading.Thread(target=reply, daemon=True).start()
        paths = Paths()
        assert ask(clock, paths, "internet", place, b"question", clock.now() + 5.0) == b"QUESTION"
        paths.reason = VANISH
        started = clock.now()
        with pytest.raises(Silence, match=VANISH):
            ask(clock, paths, "internet", place, b"question", started + 20.0)
        assert 20.0 <= clock.now() - started < 21.0
