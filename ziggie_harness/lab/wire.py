"""Connections from a site, whose waits know when they wait in vain.

Waiting for a peer that is at work is work: it happens in real time, however slow the machine is. Waiting on a cut link
or a frozen peer is idleness: nothing can arrive, only the time-out can end it. So a wait gives an answer a short real
grace (an answer then means that the fault did not bite) and spends the rest of its time-out at rest on the drill's
clock, with the socket open. A server that itself rests, because what it depends on is cut off, says so in an interim
response; waiting for it is idleness too.
"""

from __future__ import annotations

import errno
import select
import socket
import ssl
from typing import TYPE_CHECKING, Final, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

    from ziggie_harness.ports import Paths

GRACE_SECONDS: Final = 0.0005
"""Wall seconds for an answer on a path that should give none; a round trip in the lab takes some 0.0001 s."""

SLICE_SECONDS: Final = 0.02
"""How often, in wall time, a real wait looks whether the path was cut meanwhile."""

SYN_AGAIN_SECONDS: Final = (1.0, 3.0, 7.0, 15.0, 31.0)
"""When, after its first one, Linux sends a connection request again (tcp(7), tcp_syn_retries). The lab's kernel counts
wall time, so a connection that waited on a cut link asks again at these times of the drill's clock."""

PIECE_BYTES: Final = 65536


class Timer(Protocol):
    """What a line needs of a clock; a process of its own that is linked to the drill's clock has it too."""

    def now(self) -> float:
        """Return the drill time in seconds."""
        ...

    def sleep_until(self, at_seconds: float) -> None:
        """Rest until a drill time."""
        ...

    def await_socket(self, sock: socket.socket, *, writable: bool, until_seconds: float) -> bool:
        """Rest until a socket is ready or a drill time comes; return whether it is ready."""
        ...


class Silence(TimeoutError):
    """No answer came in time; ``phase`` is what was waited for."""

    def __init__(self, phase: str, reason: str) -> None:
        """Say what was waited for, and why it did not come where that is known."""
        super().__init__(f"no {phase} in time" + (f" ({reason})" if reason else ""))
        self.phase = phase


class Line:
    """One TCP connection from a site to an address, with or without TLS. A context manager: leaving it hangs up."""

    def __init__(  # noqa: PLR0913, PLR0917 - from where and where to, and the two that every wait needs
        self, clock: Timer, paths: Paths, site: str, address: str, port: int, source: str = ""
    ) -> None:
        """Prepare a connection, from an address of the site where one is given; nothing is sent yet."""
        self.address, self.port = address, port
        self._source = source
        self._clock, self._paths, self._site = clock, paths, site
        self._socket = self._new_socket()
        self._tls: ssl.SSLObject | None = None
        self._peer_waits: str | None = None
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()

    def __enter__(self) -> Self:
        """Return the line."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self._socket.close()

    def connect(self, until_seconds: float) -> None:
        """Connect by a drill time; raise Silence when nothing answers, ConnectionError when something says no."""
        started = self._clock.now()
        retries = iter(SYN_AGAIN_SECONDS)
        while True:
            status = self._socket.connect_ex(self._paths.located(self.address, self.port))
            if status not in {0, errno.EINPROGRESS}:
                raise OSError(
                    status, f"cannot connect to {self.address}:{self.port}: {errno.errorcode.get(status, status)}"
                )
            if status == 0 or not self._lost_on_the_way(until_seconds):
                break
            again = started + next(retries, float("inf"))
            while again <= self._clock.now():
                again = started + next(retries, float("inf"))
            self._clock.sleep_until(min(again, until_seconds))
            if self._clock.now() >= until_seconds:
                raise Silence("connection", "the first packets were lost on a link that was cut then")
            self._socket.close()
            self._socket = self._new_socket()
        if refused := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise ConnectionRefusedError(
                refused, f"{self.address}:{self.port} answers: {errno.errorcode.get(refused, refused)}"
            )

    def start_tls(
        self,
        context: ssl.SSLContext,
        server_name: str | None,
        until_seconds: float,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Shake hands by a drill time; return the TLS that was agreed on. Raises ssl.SSLError, Silence.

        Where the last word of a handshake is ours, as in one that resumes a session, it leaves with what is sent next:
        a server that is woken for it alone has nothing to do yet.

        ``server_name`` is sent as SNI unless None. ``session`` is that of an earlier handshake of the same context, to
        be resumed if the server agrees.
        """
        self._tls = context.wrap_bio(self._arrived, self._leaving, server_hostname=server_name, session=session)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush(until_seconds)
                self._feed("TLS handshake", until_seconds)
            else:
                return self._tls

    def send(self, data: bytes, until_seconds: float) -> None:
        """Send all of the data by a drill time."""
        if self._tls:
            self._tls.write(data)
            self._flush(until_seconds)
        else:
            self._push(data, until_seconds)

    def receive(self, phase: str, until_seconds: float) -> bytes:
        """Return the next bytes, empty at the end; raise Silence, naming the phase, when none come by a drill time."""
        if not self._tls:
            self._await(phase, writable=False, until_seconds=until_seconds)
            return self._socket.recv(PIECE_BYTES)
        while True:
            try:
                return self._tls.read(PIECE_BYTES)
            except ssl.SSLWantReadError:
                self._flush(until_seconds)
                self._feed(phase, until_seconds)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def peer_waits_for(self, reason: str | None) -> None:
        """Note that the peer says that it rests, so that waiting for it is idleness; None when it is at work."""
        self._peer_waits = reason

    def _new_socket(self) -> socket.socket:
        """Make a socket that lives in the line's site."""
        with self._paths.inside(self._site):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._paths.settle(made, self._site, self._source)
        made.setblocking(False)  # noqa: FBT003 - the standard library takes it by position only
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _lost_on_the_way(self, until_seconds: float) -> bool:
        """Wait for the connection; True when its first packets met a cut that is healed now."""
        if wait_for(self._socket, writable=True, seconds=GRACE_SECONDS):
            return False
        met_a_cut = False
        while True:
            if self._clock.now() >= until_seconds:
                raise Silence("connection", self._stalled() or "")
            if self._stalled():
                met_a_cut = True
                if self._clock.await_socket(self._socket, writable=True, until_seconds=until_seconds):
                    return False
            elif met_a_cut:
                return True
            elif wait_for(self._socket, writable=True, seconds=SLICE_SECONDS):
                return False

    def _await(self, phase: str, *, writable: bool, until_seconds: float) -> None:
        """Wait for the socket: really while the peer may be at work, at rest while nothing can arrive."""
        if wait_for(self._socket, writable=writable, seconds=GRACE_SECONDS):
            return
        while True:
            left = until_seconds - self._clock.now()
            if left <= 0:
                raise Silence(phase, self._stalled() or "")
            if self._stalled():
                if self._clock.await_socket(self._socket, writable=writable, until_seconds=until_seconds):
                    return
            elif wait_for(self._socket, writable=writable, seconds=min(SLICE_SECONDS, left)):
                return

    def _stalled(self) -> str | None:
        """Return why nothing can arrive, or None."""
        return self._peer_waits or self._paths.stalled(self._site, self.address, self.port)

    def _push(self, data: bytes, until_seconds: float) -> None:
        """Write bytes to the socket."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                self._await("room to send", writable=True, until_seconds=until_seconds)

    def _flush(self, until_seconds: float) -> None:
        """Send what TLS has to say."""
        if pending := self._leaving.read():
            self._push(pending, until_seconds)

    def _feed(self, phase: str, until_seconds: float) -> None:
        """Give TLS the next bytes that arrive."""
        self._await(phase, writable=False, until_seconds=until_seconds)
        data = self._socket.recv(PIECE_BYTES)
        if data:
            self._arrived.write(data)
        else:
            self._arrived.write_eof()


def ask(  # noqa: PLR0913, PLR0917 - each is needed, and each caller has them at hand
    clock: Timer, paths: Paths, site: str, server: tuple[str, int], question: bytes, until_seconds: float
) -> bytes:
    """Send one UDP datagram from a site and return the answer; raise Silence when none comes by a drill time."""
    with paths.inside(site):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        sock.setblocking(False)  # noqa: FBT003 - the standard library takes it by position only
        paths.settle(sock, site)
        sock.connect(paths.located(*server))
        sock.send(question)
        while not wait_for(sock, writable=False, seconds=GRACE_SECONDS):
            if clock.now() >= until_seconds:
                raise Silence("answer", paths.stalled(site, *server) or "")
            if paths.stalled(site, *server):
                clock.await_socket(sock, writable=False, until_seconds=until_seconds)
        return sock.recv(PIECE_BYTES)


def wait_for(sock: socket.socket, *, writable: bool, seconds: float) -> bool:
    """Wait in real time for a socket; return whether it is ready."""
    poll = select.poll()
    poll.register(sock, select.POLLOUT if writable else select.POLLIN)
    return bool(poll.poll(seconds * 1000))
