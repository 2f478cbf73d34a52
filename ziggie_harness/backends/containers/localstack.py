"""LocalStack in a container of the drill: asked region by region, and what it can do found out by asking.

Editions and versions of LocalStack differ, and a stand-in differs once more, so nothing is concluded from a version.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Final, Self

import localstack_client.config
import localstack_client.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ziggie_harness.backends.containers import compose, images
from ziggie_harness.backends.containers.compose import Project
from ziggie_harness.backends.containers.engine import Engine, Wanted, address_in, refused, remove
from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse
from ziggie_harness.backends.emulated.mongod import WallTime
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.errors import LabError, NotOffered

START_SECONDS: Final = 120.0
"""For how long, in wall time, it may take to answer."""

ANSWER_SECONDS: Final = 60.0

QUESTIONS: Final[Mapping[str, str]] = {"s3": "list_buckets"}
"""The services that drills keep in it, each with a call that changes nothing."""

NOT_THERE: Final = frozenset({"InternalFailure", "NotImplemented", "501"})
"""The codes by which it says that it has no such service, or not without a licence (observed: 2026.3.0)."""

CARRIED: Final = frozenset({"connection", "content-length", "transfer-encoding"})
"""Headers that are of one connection, and made anew for the next."""


class LocalStack:
    """One LocalStack in a network of its own, empty at the start of a block. Only the harness reaches it."""

    def __init__(
        self, engine: Engine, project: Project | None = None, questions: Mapping[str, str] = QUESTIONS
    ) -> None:
        """Prepare to start one, or to take that of a compose project; ``questions`` are asked before it is used."""
        self._engine, self._project, self._questions = engine, project, questions
        self._stack = ExitStack()
        self._clients: dict[tuple[str, str, Config | None], Any] = {}
        self._lock = threading.Lock()
        self._session: Any = None
        self._place = ("", 0)

    def __enter__(self) -> Self:
        """Start it, and wait until it answers; NotOffered when it has no such service, LabError when it is silent."""
        with ExitStack() as stack:
            host = self._of(self._project) if self._project else self._started(stack)
            self._session = localstack_client.session.Session(localstack_host=host)
            port = localstack_client.config.get_service_port("s3") or localstack_client.config.DEFAULT_EDGE_PORT
            self._place = (host, port)
            wait_until(
                WallTime(), "LocalStack to answer", self._obstacle, at_most_seconds=START_SECONDS, every_seconds=0.2
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it, with everything that it kept."""
        self._stack.close()

    def client(self, service: str, region: str, config: Config | None = None) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a boto3 client of a service in a region."""
        key = (service, region, config)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(service, region_name=region, config=config)
            return self._clients[key]

    def send(self, request: HttpRequest) -> HttpResponse:
        """Have it answer a request as it came in. Raises LabError when it does not."""
        connection = http.client.HTTPConnection(*self._place, timeout=ANSWER_SECONDS)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in CARRIED}
        try:
            connection.request(request.method, request.target, request.body, {**headers, "Host": request.host})
            reply = connection.getresponse()
            told = {name.title(): value for name, value in reply.getheaders() if name.lower() not in CARRIED}
            return HttpResponse(reply.status, told, reply.read())
        except (OSError, http.client.HTTPException) as error:
            raise LabError(
                "LocalStack does not answer", str(error), "read the engine's log of its container"
            ) from error
        finally:
            connection.close()

    def _started(self, stack: ExitStack) -> str:
        """Start one, and return its address."""
        network = self._engine.make_network("aws")
        stack.enter_context(_removed(network))
        container = self._engine.start(Wanted(images.LOCALSTACK, "localstack", network=str(network.name)))
        stack.callback(remove, container)
        return address_in(container, network)

    def _of(self, project: Project) -> str:
        """Empty that of a project, and return its address. It keeps nothing over a restart, and has no other way."""
        container = project.services[compose.LOCALSTACK]
        with refused("start LocalStack again"):
            container.restart(timeout=1)
        return address_in(container, project.networks[compose.AWS])

    def _obstacle(self) -> str | None:
        """Ask for each needed service by a call of it, and say which does not answer."""
        for service, call in self._questions.items():
            try:
                getattr(self.client(service, "us-east-1"), call)()
            except BotoCoreError as error:
                return f"{service}: {error}"
            except ClientError as error:
                if error.response["Error"]["Code"] in NOT_THERE:
                    hint = "use an edition of LocalStack that has it, or the embedded backend"
                    raise NotOffered(f"this LocalStack does not offer {service}", str(error), hint) from error
                return f"{service}: {error}"
        return None


@contextmanager
def _removed(network: Any) -> Iterator[None]:  # noqa: ANN401 - the engine's client has no types
    """Have a network removed at the end of a block."""
    try:
        yield
    finally:
        with refused(f"remove {network.name}"):
            network.remove()
