"""One region's HTTPS door: accepts at once, and leaves everything that can take time to the connection's own thread.

Shaking hands is part of that, so a client that connects and says nothing blocks nobody.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final, Self

import h11

from ziggie_harness.backends.emulated.conversation import Conversation

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

    from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse

MOST_CONNECTIONS: Final = 512
"""The next one is hung up on."""

IDLE_SECONDS: Final = 60.0
"""For how long, in wall time, a connection may say nothing before it is hung up on."""

ABORT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no lingering: closing then resets the connection, so that a pooled one does not look alive."""

Place = tuple[str, int]
"""Address and port."""


class Door:
    """One region's listening socket and its connections."""

    def __init__(
        self,
        region: str,
        listener: socket.socket,
        context: ssl.SSLContext,
        respond: Callable[[Place, HttpRequest], HttpResponse],
    ) -> None:
        """Serve a socket that listens already, from the start of the block."""
        self.place: Place = listener.getsockname()
        self._region = region
        self._listener = listener
        self._context = context
        self._respond = respond
        self._lock = threading.Lock()
        self._connections: set[ssl.SSLSocket] = set()
        self._closed = False

    def __enter__(self) -> Self:
        """Start to accept."""
        threading.Thread(target=self._accept, name=f"AWS endpoints of {self._region}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to accept, and abort every connection."""
        with self._lock:
            self._closed = True
            connections = tuple(self._connections)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                socket.socket.shutdown(connection, socket.SHUT_RD)

    def _accept(self) -> None:
        """Take connections and give each a thread, until the listener is closed."""
        while True:
            try:
                accepted, caller = self._listener.accept()
            except OSError:
                return
            accepted.settimeout(IDLE_SECONDS)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            with self._lock:
                refused = self._closed or len(self._connections) >= MOST_CONNECTIONS
                if not refused:
                    self._connections.add(connection)
            if refused:
                connection.close()
                continue
            name = f"AWS endpoints of {self._region} for {caller[0]}"
            threading.Thread(target=self._serve, args=(connection, caller), name=name, daemon=True).start()

    def _serve(self, connection: ssl.SSLSocket, caller: Place) -> None:
        """Shake hands and answer requests, until the client or the door hangs up."""
        try:
            connection.do_handshake()
            conversation = Conversation(connection)
            while request := conversation.request():
                conversation.reply(request, self._respond(caller, request))
        except (OSError, h11.ProtocolError):
            pass  # a client that went away, was silent for too long or speaks no HTTP is no concern of a server
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()
