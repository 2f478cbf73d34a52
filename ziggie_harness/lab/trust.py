"""What clients know of servers from before: what vouches for them, and the TLS sessions that spare a handshake."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ziggie_harness.lab.wire import Line


class Trust:
    """TLS settings, and the session with each server, resumed by the next connection there.

    Resumption is what browsers and HTTP libraries do, and spares each side most of a handshake. A server that started
    anew does not know the session, and both shake hands in full. Safe to use from many actors at once.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        """Know no session yet. ``context`` is for this alone."""
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # its sessions are known as soon as the handshake ends
        self._context = context
        self._sessions: dict[tuple[str, int, str | None], ssl.SSLSession | None] = {}

    def shake_hands(self, line: Line, name: str | None, until_seconds: float) -> None:
        """Start TLS on a line with the server of a name, sent as SNI unless None. Raises ssl.SSLError, Silence."""
        server = (line.address, line.port, name)
        tls = line.start_tls(self._context, name, until_seconds, self._sessions.get(server))
        if not tls.session_reused:  # taking a session copies it, at half the price of a handshake
            self._sessions[server] = tls.session
