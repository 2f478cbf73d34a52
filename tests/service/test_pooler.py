"""The pooler between two sockets: everything passes, and who hangs up is noticed on the other side."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.service.pooler import admit
from ziggie_harness.service.settings import Place, SettingsError, pooler_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
SECONDS = 10.0


@contextmanager
def admitted(database: Place) -> Iterator[socket.socket]:
    """Give a client's end of a connection that the pooler serves."""
    with socket.create_server((LOOPBACK, 0)) as door:
        client = socket.create_connection(door.getsockname(), SECONDS)
        pooler, _ = door.accept()
    thread = threading.Thread(target=admit, args=(pooler, database), daemon=True)
    thread.start()
    with client:
        yield client
    thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def database() -> Iterator[socket.socket]:
    """Give a socket where a database would listen."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.settimeout(SECONDS)
        yield listening


def place(listening: socket.socket) -> Place:
    """Return where a socket listens."""
    address, port = listening.getsockname()
    return Place(address, port)


def received(end: socket.socket, count: int) -> bytes:
    """Return so many bytes from one end."""
    end.settimeout(SECONDS)
    pieces = b""
    while len(pieces) < count and (piece := end.recv(count - len(pieces))):
        pieces += piece
    return pieces


def test_bytes_pass_in_both_directions(database: socket.socket) -> None:
    """More than any buffer holds arrives in its order, and so does the answer."""
    question = bytes(range(256)) * 8_000
    with admitted(place(database)) as client:
        server, _ = database.accept()
        with server:
            sending = threading.Thread(target=client.sendall, args=(question,), daemon=True)
            sending.start()
            assert received(server, len(question)) == question
            sending.join(SECONDS)
            server.sendall(b"answer")
            assert received(client, 6) == b"answer"


def test_a_database_that_hangs_up_is_noticed(database: socket.socket) -> None:
    """The client sees the end of a connection that the database ended, after what it said last."""
    with admitted(place(database)) as client:
        server, _ = database.accept()
        server.sendall(b"bye")
        server.close()
        assert received(client, 100) == b"bye"


def test_a_client_that_hangs_up_is_noticed(database: socket.socket) -> None:
    """The database sees the end, too, and nobody is left behind."""
    with admitted(place(database)) as client:
        server, _ = database.accept()
        with server:
            client.sendall(b"bye")
            client.close()
            assert received(server, 100) == b"bye"


def test_nobody_is_admitted_without_a_database() -> None:
    """The client is turned away at once where nobody listens behind the pooler."""
    with socket.create_server((LOOPBACK, 0)) as closed:
        gone = place(closed)
    with admitted(gone) as client:
        assert received(client, 1) == b""


def test_settings_name_the_variable_that_is_missing() -> None:
    """A pooler without a database says which variable it lacks."""
    with pytest.raises(SettingsError, match="ZIGGIE_DATABASE is not set"):
        pooler_settings({"ZIGGIE_LISTEN": "13.48.10.10:6432"})
