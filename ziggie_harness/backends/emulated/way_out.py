"""A site's way out where the lab's names lead nowhere: an HTTP proxy that knows them, as many a company has one.

The owner's code and tools find it by the usual variable and run unmodified. They name whom they want, with the real
port; the proxy leads there, and TLS goes through it from end to end.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Paths

HEAD_BYTES: Final = 8192
"""The longest request that it reads."""

CLIENT_SECONDS: Final = 10.0
"""For how long, in wall time, a client may take to say where it wants to."""

CONNECT_SECONDS: Final = 60.0
"""When, in wall time, it gives up on whom its client wants; clients give up before."""

PIECE_BYTES: Final = 65_536

CONNECT: Final = re.compile(rb"CONNECT (?P<host>[^\s:]+):(?P<port>\d{1,5}) HTTP/1\.[01]\r\n")
"""What clients ask for who want to speak TLS. Source: RFC 9110 section 9.3.6."""

Find = Callable[[str], str | None]
"""Returns the lab's address of a name, or None."""


class WayOut:
    """The proxy of one site. A context manager: it serves inside its block."""

    def __init__(self, paths: Paths, site: str, place: tuple[str, int], find: Find) -> None:
        """Prepare to listen at a place of the site; ``find`` tells the addresses of names."""
        self._paths, self._site, self._place, self._find = paths, site, place, find

    def __enter__(self) -> Self:
        """Listen; LabError when that cannot be."""
        where = self._paths.located(*self._place)
        try:
            self._listener = socket.create_server(where)
        except OSError as error:
            raise LabError(f"the proxy of {self._site} cannot listen at {where[0]}:{where[1]}", str(error)) from error
        threading.Thread(target=self._accept, name=f"proxy of {self._site}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening; conversations end with those who have them."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what a process has to be told; curl reads the one, Python's libraries either."""
        where, port = self._listener.getsockname()
        return dict.fromkeys(("HTTPS_PROXY", "https_proxy"), f"http://{where}:{port}")

    def _accept(self) -> None:
        """Give each client a thread, until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name=f"proxy of {self._site}", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Lead one client to whom it wants, and hand on what the two say."""
        with client, suppress(OSError):
            client.settimeout(CLIENT_SECONDS)
            asked = CONNECT.match(_head(client))
            if asked is None:
                client.sendall(_refusal(405, "this proxy leads to servers that speak TLS"))
                return
            host, port = asked["host"].decode(errors="replace"), int(asked["port"])
            try:
                server = self._connect(host, port)
            except OSError as error:
                client.sendall(_refusal(502, f"{host}:{port}: {error}"))
                return
            with server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _introduce(client, server)

    def _connect(self, host: str, port: int) -> socket.socket:
        """Connect with a server of the lab from the site; OSError when there is none, or it refuses."""
        address = host if re.fullmatch(r"[\d.]+", host) else self._find(host)
        if address is None:
            raise OSError("the lab has no such name")
        with self._paths.inside(self._site):
            server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._paths.settle(server, self._site)
            server.settimeout(CONNECT_SECONDS)
            server.connect(self._paths.located(address, port))
        except OSError:
            server.close()
            raise
        return server


def _head(client: socket.socket) -> bytes:
    """Read a request up to its empty line."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES:
        piece = client.recv(HEAD_BYTES - len(head))
        if not piece:
            raise ConnectionAbortedError("the client hung up")
        head += piece
    return head


def _refusal(status: int, reason: str) -> bytes:
    """Return an answer that says why not."""
    body = f"{reason}\n".encode()
    return f"HTTP/1.1 {status} Refused\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def _introduce(client: socket.socket, server: socket.socket) -> None:
    """Hand on in both directions until one hangs up."""
    for end in (client, server):
        end.settimeout(None)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = threading.Thread(target=_hand_on, args=(server, client), daemon=True)
    answers.start()
    _hand_on(client, server)
    answers.join()


def _hand_on(source: socket.socket, destination: socket.socket) -> None:
    """Hand on what one side says, until either hangs up; then hang up on both."""
    with suppress(OSError):
        while piece := source.recv(PIECE_BYTES):
            destination.sendall(piece)
    for end in (source, destination):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
