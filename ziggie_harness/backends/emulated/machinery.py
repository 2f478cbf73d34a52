"""What an emulated world runs on: its network, its servers' processes, their programs, the state of AWS's API.

One machinery has namespaces and processes of this machine, another has containers of an engine. What stands on it,
from data tiers to health checkers, is the same code and knows of neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from signal import SIGTERM, Signals
from typing import TYPE_CHECKING, Protocol

from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse
from ziggie_harness.kernel.processes import Finished, ForkServer
from ziggie_harness.kernel.runs import Run
from ziggie_harness.ports import Network

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated import mongo_install, postgres_install
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.backends.emulated.s3_state import Place
    from ziggie_harness.emulation.s3.records import Bucket, Rule, Version


class Process(Protocol):
    """A server's process with all that descends from it."""

    @property
    def name(self) -> str: ...
    @property
    def log(self) -> Path | None: ...
    @property
    def pid(self) -> int: ...
    @property
    def frozen(self) -> bool: ...
    def alive(self) -> bool: ...
    def members(self) -> frozenset[int]: ...
    def wait(self, within_seconds: float) -> int: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...
    def kill(self) -> None: ...
    def terminate(self, number: Signals = SIGTERM, *, within_seconds: float) -> int: ...
    def interrupt(self) -> None: ...
    def leaves(self) -> int: ...
    def tail(self, lines: int = 20) -> tuple[str, ...]: ...


class Volume(Protocol):
    """A disk for the data of a server."""

    @property
    def seen(self) -> Path:
        """Its directory as this process sees it."""
        ...

    def fill(self) -> None:
        """Leave no free block. LabError where it has no bound."""
        ...

    def free(self) -> None: ...
    def close(self) -> None: ...


class Supervisor(Protocol):
    """Starts processes, and ends every one of them with its own block; the kernel's tells what each argument means."""

    def spawn(  # noqa: PLR0913 - each is an independent property of a process, and each is named
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        namespace: int | None = None,
        resolv_conf: Path | None = None,
        directory: Path | None = None,
        as_unprivileged: bool = False,
        pass_fds: Sequence[int] = (),
    ) -> Process: ...

    def fork(  # noqa: PLR0913 - as for spawn
        self,
        server: ForkServer,
        name: str,
        module: str,
        *,
        environment: Mapping[str, str],
        log: Path,
        namespace: int | None = None,
        resolv_conf: Path | None = None,
        given: int | None = None,
    ) -> Process: ...

    def run(  # noqa: PLR0913 - as for spawn
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        within_seconds: float,
        namespace: int | None = None,
        resolv_conf: Path | None = None,
        directory: Path | None = None,
        as_unprivileged: bool = False,
    ) -> Finished: ...

    def volume(self, place: Path, size_bytes: int) -> Volume: ...


class State(Protocol):
    """Where the state of the control planes lies: moto in this process, with or without others beside it."""

    def answer(self, named: str, request: HttpRequest) -> HttpResponse:
        """Answer a request; ``named`` is the call, for messages."""
        ...


class ObjectState(Protocol):
    """The objects of all buckets, in our terms, for what S3 does behind its API; ``S3State`` tells what each means."""

    def buckets(self) -> Mapping[str, Bucket]: ...
    def versions(self, bucket: str) -> Iterator[tuple[Place, Version]]: ...
    def version(self, place: Place) -> Version | None: ...
    def latest(self, bucket: str, key: str) -> Place | None: ...
    def body(self, place: Place) -> bytes: ...
    def stamp(self, place: Place) -> None: ...
    def place_copy(self, source: Place, rule: Rule, body: bytes) -> None: ...
    def subscribed(self, bucket: str, event: str) -> bool: ...
    def role(self, arn: str) -> tuple[bool, Callable[[str, str], bool]]: ...


class ObjectsKept(Protocol):
    """What keeps the objects."""

    @property
    def state(self) -> ObjectState: ...

    @property
    def answers(self) -> State | None:
        """What answers S3's API; None for moto in this process."""
        ...


class Machinery(Protocol):
    """What a world is built with."""

    def network(self, run: Run, on_change: Sequence[Callable[[], None]]) -> AbstractContextManager[Network]:
        """Make the sites and what joins them, for a block."""
        ...

    def supervisor(self, run: Run, network: Network) -> AbstractContextManager[Supervisor]:
        """Make what starts processes in those sites, for a block."""
        ...

    def postgres(self, supervisor: Supervisor) -> postgres_install.Installation:
        """Find PostgreSQL; LabError when there is none."""
        ...

    def mongo(self, supervisor: Supervisor) -> mongo_install.Installation:
        """Find MongoDB; LabError when there is none."""
        ...

    def objects(self, run: Run, dates: DrillDates) -> AbstractContextManager[ObjectsKept]:
        """Make what keeps objects, for a block."""
        ...
