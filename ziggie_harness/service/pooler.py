"""The way in to a database that admits nobody but its own region: a pooler beside the service, as PgBouncer is.

It hands on what it hears in both directions, and hangs up on both sides when one of them does.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.service.http_server import log
from ziggie_harness.service.settings import pooler_settings

if TYPE_CHECKING:
    from ziggie_harness.service.settings import Place

PIECE_BYTES: Final = 65536

CONNECT_SECONDS: Final = 10.0
"""When a pooler gives up on its database."""


def admit(client: socket.socket, database: Place) -> None:
    """Connect a client with the database until one of them hangs up."""
    with client:
        try:
            server = socket.create_connection((database.address, database.port), CONNECT_SECONDS)
        except OSError as error:
            log(f"a client was turned away: the database cannot be reached: {error}")
            return
        with server:
            server.settimeout(None)
            for end in (client, server):
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


def main() -> None:
    """Admit clients until killed."""
    try:
        settings = pooler_settings(os.environ)
    except ZiggieError as error:
        sys.exit(str(error))
    with socket.create_server((settings.listening.address, settings.listening.port)) as door:
        while True:
            client, _ = door.accept()
            threading.Thread(target=admit, args=(client, settings.database), daemon=True).start()


if __name__ == "__main__":
    main()
