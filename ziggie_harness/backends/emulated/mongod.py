"""A real mongod in a site of the lab: started, frozen, killed, and asked past the network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, TypeVar

from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.backends.emulated.mongo_install import Installation
from ziggie_harness.backends.emulated.mongo_security import Security
from ziggie_harness.backends.emulated.mongo_session import CommandRefused, Document, MemberGone, MongoSession
from ziggie_harness.backends.emulated.server_process import ServerProcess
from ziggie_harness.kernel.clock import wall_seconds
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network

Result = TypeVar("Result")

PORT: Final = 27017

PAUSE_SECONDS: Final = 0.005
"""How long, in wall time, a wait for MongoDB pauses between two looks."""

PATIENCE_SECONDS: Final = 60.0
"""For how long, in wall time, a start, a stop or an answer may take: recovery is real work."""

FROZEN_GRACE_SECONDS: Final = 0.02
"""For how long a frozen server is asked all the same: an answer would show that the freeze did not bite."""

SETTINGS: Final = (
    # Nothing is listed here that would change what a client sees of MongoDB. A small cache and small journal files suit
    # small databases, and make a copied data directory small too.
    "--wiredTigerCacheSizeGB", "0.25",
    "--wiredTigerEngineConfigString", "log=(file_max=2MB,prealloc=false)",
    "--oplogSize", "256",
    "--nounixsocket",
    # The samples that MongoDB's makers ask for after an accident cost a tenth of an idle core in each member.
    "--setParameter", "diagnosticDataCollectionEnabled=false",
)  # fmt: skip
"""The options of every server."""

_ENVIRONMENT: Final = {"LC_ALL": "C", "TZ": "UTC"}


class WallTime:
    """The machine's time, in which a server's own work is waited for. It is a ``Sleeper``."""

    def now(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return wall_seconds()

    def sleep(self, seconds: float) -> None:
        """Sleep for some wall seconds."""
        threading.Event().wait(seconds)


class MongoServer:
    """One mongod at an address of a site. It is a ``Server`` of the ports: faults hurt it."""

    def __init__(  # noqa: PLR0913 - a server has a name, a place, and what it is made with
        self,
        name: str,
        site: str,
        address: str,
        *,
        replica_set: str,
        supervisor: Supervisor,
        network: Network,
        directory: Path,
        installation: Installation,
        security: Security | None = None,
    ) -> None:
        """Describe a server whose data will be in ``directory``/data; nothing is started."""
        self.name, self.site, self.address, self.port = name, site, address, PORT
        self.data = directory / "data"
        self.log = directory / "mongod.log"
        self.security = security
        self._directory, self._replica_set = directory, replica_set
        self._supervisor, self._network, self._installation = supervisor, network, installation
        self._process = ServerProcess(name, network, address, self.port)
        self._session: MongoSession | None = None
        self._lock = threading.RLock()

    @property
    def host(self) -> str:
        """Its address and port, as the set's configuration names it."""
        return f"{self.address}:{self.port}"

    def launch(self) -> None:
        """Start its process without waiting for it; a data directory that is missing is made."""
        with self._lock:
            if self.alive():
                raise LabError(f"{self.name} is running already", hint="stop or kill it before it is started again")
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            process = self._supervisor.spawn(
                self.name,
                self._command(),
                environment=_ENVIRONMENT,
                log=self.log,
                namespace=self._network.descriptor(self.site),
            )
            self._process.began(process)

    def await_listening(self) -> None:
        """Wait in wall time until it answers, after recovery where it was killed; LabError when it ends first."""
        wait_until(
            WallTime(), f"{self.name} to answer", self._refusal,
            at_most_seconds=PATIENCE_SECONDS, every_seconds=PAUSE_SECONDS,
        )  # fmt: skip

    def start(self) -> None:
        """Start it and wait until it answers; LabError when it does not start."""
        self.launch()
        self.await_listening()

    def stop(self) -> None:
        """Let it end in good order, at once and whatever becomes of its set; what it has is on disk then."""
        with self._lock:
            if self.alive():
                # A member that is told to end would let its clients and its set go on for another 15 s.
                self.ask({"setParameter": 1, "shutdownTimeoutMillisForSignaledShutdown": 0})
                self.hang_up()
                self._process.running().terminate(within_seconds=PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it at once, frozen or not."""
        with self._lock:
            self.hang_up()
            self._process.kill()

    def freeze(self) -> None:
        """Stop it where it is; the kernel still accepts connections for it."""
        with self._lock:
            self._process.freeze()

    def thaw(self) -> None:
        """Let it go on; nothing happens when it is not frozen, because it was killed meanwhile."""
        with self._lock:
            self._process.thaw()

    @property
    def frozen(self) -> bool:
        """Say whether it is frozen."""
        return self._process.frozen

    def alive(self) -> bool:
        """Say whether its process exists, at work or frozen."""
        return self._process.alive()

    def works(self) -> bool:
        """Say whether it is alive and not frozen."""
        return self.alive() and not self.frozen

    def answers(self, within_seconds: float) -> bool:
        """Ask it from its own site for an answer, over a new connection; the time is wall time."""
        bound = min(within_seconds, FROZEN_GRACE_SECONDS) if self.frozen else within_seconds
        try:
            session = self.connect(bound)
            try:
                session.ask({"ping": 1}, within_seconds=bound)
            finally:
                session.close()
        except LabError:
            return False
        return True

    def ask(self, command: Document, database: str = "admin", within_seconds: float = PATIENCE_SECONDS) -> Document:
        """Run a command as one of the set's own, past the lab's links; LabError when refused or not answered."""
        return self._in_session(lambda session: session.ask(command, database, within_seconds=within_seconds))

    def documents(self, command: Document, database: str) -> Sequence[Document]:
        """Run a command that answers with a cursor, and return its documents; LabError as of ``ask``."""
        return self._in_session(
            lambda session: tuple(session.documents(command, database, within_seconds=PATIENCE_SECONDS))
        )

    def connect(self, within_seconds: float) -> MongoSession:
        """Make a session from the server's own site, authenticated where the set is secured; LabError if that fails."""
        session = MongoSession(
            self._inside, self.address, self.port, within_seconds=within_seconds, security=self.security
        )
        try:
            session.authenticate(within_seconds)
        except LabError:
            session.close()
            raise
        return session

    def last_words(self, lines: int = 20) -> tuple[str, ...]:
        """Return the last lines of its log."""
        return self._process.last_words(lines)

    def _in_session(self, use: Callable[[MongoSession], Result]) -> Result:
        """Use the kept session, which is made when there is none; one that a restart ended is made again once."""
        with self._lock:
            if self.frozen:
                raise LabError(f"{self.name} cannot be asked", "it is frozen", "thaw it first")
            session, kept = self._session, self._session is not None
            try:
                if session is None:
                    session = self._session = self.connect(PATIENCE_SECONDS)
                return use(session)
            except MemberGone:
                self.hang_up()
                if not kept:
                    raise
                return self._in_session(use)

    def _inside(self) -> AbstractContextManager[None]:
        """Enter the server's site."""
        return self._network.inside(self.site)

    def _command(self) -> list[str]:
        """Return the command that starts it."""
        command = [
            str(self._installation.program), "--dbpath", str(self.data), "--replSet", self._replica_set,
            "--bind_ip", self.address, "--port", str(self.port), *SETTINGS,
        ]  # fmt: skip
        return command if self.security is None else [*command, *self.security.options(self._directory, self.address)]

    def hang_up(self) -> None:
        """End the session that was kept; the next question makes another."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _refusal(self) -> str | None:
        """Try to ask it, and say why not yet; LabError when it has ended."""
        if not self._process.running().alive():
            raise LabError(f"{self.name} ended while it started", " | ".join(self.last_words(5)), f"read {self.log}")
        try:
            self.ask({"hello": 1})
        except (MemberGone, CommandRefused) as error:
            return str(error)
        return None
