"""The harness's own connection to a mongod: quick, and never stuck on a server that went silent.

It speaks MongoDB's wire protocol directly, one OP_MSG after the other, because a driver connects from wherever it is,
to whomever it likes, in threads of its own: the harness asks one member from that member's own site, within a bound.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import bson

from ziggie_harness.backends.emulated.mongo_security import Security, prove_key
from ziggie_harness.model.errors import LabError

Document = Mapping[str, Any]
"""A document of MongoDB, which is JSON with a few types more."""

_HEAD: Final = struct.Struct("<iiiiIb")
"""Length, request id, id answered, opcode, flags, kind of the one section (MongoDB manual, "Wire Protocol")."""

_OP_MSG: Final = 2013
_PIECE_BYTES: Final = 65536
_OPERATION_TIME: Final = b"\x11operationTime\x00"
"""The type and the name of the field that tells the newest operation that a member applied."""

_TIMESTAMP_BYTES: Final = 8


class MemberGone(LabError):
    """The server refuses a connection or ended it."""


class MemberSilent(MemberGone):
    """The server did not answer in time: it may be frozen, cut off or busy."""


class CommandRefused(LabError):
    """The server answers a command with an error."""

    def __init__(self, command: str, answer: Document) -> None:
        """Carry the code, so that a caller can tell errors apart."""
        self.code = int(answer.get("code", 0))
        super().__init__(f"MongoDB refuses {command}", f"{answer.get('codeName', self.code)}: {answer.get('errmsg')}")


class MongoSession:
    """One connection, made inside a site's namespace. Use it from one thread at a time."""

    def __init__(
        self,
        inside: Callable[[], AbstractContextManager[None]],
        address: str,
        port: int,
        *,
        within_seconds: float,
        security: Security | None = None,
    ) -> None:
        """Connect, over TLS where the set is secured; MemberGone when that fails. Nobody is authenticated yet."""
        with inside():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._security = security
        try:
            self._socket.settimeout(within_seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.connect((address, port))
            if security is not None:
                context = security.authority.client_context()
                self._socket = context.wrap_socket(self._socket, server_hostname=address)
        except OSError as error:
            self._socket.close()
            raise _lost(error, within_seconds) from error
        self._ping = _message({"ping": 1, "$db": "admin"})

    def close(self) -> None:
        """Hang up; who waits for an answer in another thread sees the end."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the server hung up first
        finally:
            self._socket.close()

    def authenticate(self, within_seconds: float) -> None:
        """Prove to be one of the set's own, where it is secured; CommandRefused when the server is not convinced."""
        if self._security is not None:
            prove_key(self._security.key, lambda command: self.ask(command, "local", within_seconds=within_seconds))

    def ask(self, command: Document, database: str = "admin", *, within_seconds: float) -> Document:
        """Run a command; CommandRefused when MongoDB objects.

        MemberGone when the server hangs up or is silent for ``within_seconds`` of wall time, after which the session
        is of no use.
        """
        answer: Document = bson.decode(self._exchange(_message({**command, "$db": database}), within_seconds))
        if not answer.get("ok"):
            raise CommandRefused(next(iter(command)), answer)
        return answer

    def documents(self, command: Document, database: str, *, within_seconds: float) -> Iterator[Document]:
        """Run a command that answers with a cursor, and yield all of its documents; errors as of ``ask``."""
        cursor = self.ask(command, database, within_seconds=within_seconds)["cursor"]
        yield from cursor["firstBatch"]
        while cursor["id"]:
            more = {"getMore": bson.Int64(cursor["id"]), "collection": cursor["ns"].partition(".")[2]}
            cursor = self.ask(more, database, within_seconds=within_seconds)["cursor"]
            yield from cursor["nextBatch"]

    def newest_operation(self, within_seconds: float) -> bytes:
        """Return a mark of the newest operation that the member applied, empty where it keeps no data.

        The clock asks this before each jump, so the answer is not decoded.
        """
        answer = self._exchange(self._ping, within_seconds)
        at = answer.find(_OPERATION_TIME)
        if at < 0:
            return b""
        at += len(_OPERATION_TIME)
        return answer[at : at + _TIMESTAMP_BYTES]

    def _exchange(self, message: bytes, within_seconds: float) -> bytes:
        """Send a message and return the document of its answer."""
        answer = bytearray()
        try:
            self._socket.settimeout(within_seconds)
            self._socket.sendall(message)
            while len(answer) < _HEAD.size or len(answer) < _HEAD.unpack_from(answer)[0]:
                piece = self._socket.recv(_PIECE_BYTES)
                if not piece:
                    raise ConnectionAbortedError("it hung up")
                answer += piece
        except OSError as error:
            self._socket.close()
            raise _lost(error, within_seconds) from error
        return bytes(answer[_HEAD.size :])


def _message(command: Document) -> bytes:
    """Return a command as it goes over the wire."""
    document = bson.encode(command)
    return _HEAD.pack(_HEAD.size + len(document), 1, 0, _OP_MSG, 0, 0) + document


def _lost(error: OSError, within_seconds: float) -> MemberGone:
    """Return what a failure of the socket means."""
    if isinstance(error, TimeoutError):
        return MemberSilent(f"MongoDB is silent for {within_seconds:g} s", hint="it may be frozen, or too busy")
    if isinstance(error, ssl.SSLError):
        return MemberGone("MongoDB and the harness do not agree on TLS", str(error), "read the server's log")
    return MemberGone("MongoDB cannot be reached", str(error), "read the server's log")
