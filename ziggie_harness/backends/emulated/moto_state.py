"""moto in this process: where the state of all regions' control planes lies.

moto keeps its state in its modules, so one process holds one world at a time.
"""

from __future__ import annotations

import functools
import importlib
import threading
from typing import TYPE_CHECKING, Any, Final, Self

from ziggie_harness.backends.emulated.calls import AwsError, HttpRequest, HttpResponse
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from ziggie_harness.backends.emulated.machinery import State

PINNED_VERSION: Final = "5.2.5"
"""The version of moto that the emulated rules are tested against; pyproject.toml pins it."""

ACCOUNT: Final = "123456789012"
"""The account that moto assumes for access keys that it did not make itself."""

GAP_STATUS: Final = 501
"""Clients do not retry it, unlike 500, 502, 503 and 504, and no fault of the harness answers with it."""

CLIENT_ERROR: Final = 400
SERVER_ERROR: Final = 500

_OWNERSHIP: Final = threading.Lock()
"""Held by the world that uses moto: what it guards, moto's state, is one per process too."""

_IMPORTING: Final = threading.Lock()
"""moto's modules import each other in circles, so two threads that import them at once fail with a KeyError."""


class Moto:
    """moto for the time of a block: its state is empty at the start and dropped at the end."""

    def __init__(self) -> None:
        """Prepare; moto is imported when the block starts, unless ``warm_up`` did."""
        self._application: Any = None

    def __enter__(self) -> Self:
        """Start with empty state; LabError when another world of this process uses moto."""
        if not _OWNERSHIP.acquire(blocking=False):
            message = "moto is in use already in this process"
            raise LabError(message, "its state is one per process", "end the other world first, or use another process")
        try:
            self._application = _application()
            self.reset()
        except BaseException:
            _OWNERSHIP.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop the state."""
        try:
            self.reset()
        finally:
            self._application = None
            _OWNERSHIP.release()

    def reset(self) -> None:
        """Forget everything in all regions, by moto's own public way."""
        self._run(HttpRequest("POST", "/moto-api/reset", "moto.invalid"))

    def answer(self, named: str, request: HttpRequest) -> HttpResponse:
        """Let moto answer a request; AwsError ``NotImplemented``, naming the call, where moto has a gap."""
        try:
            response = self._run(request)
        except Exception as error:
            raise gap(named, f"{type(error).__name__}: {error}") from error
        if response.status >= SERVER_ERROR or (response.status >= CLIENT_ERROR and _is_html(response)):
            raise gap(named, f"HTTP {response.status}")
        return response

    def _run(self, request: HttpRequest) -> HttpResponse:
        """Call moto's WSGI application."""
        from werkzeug.test import run_wsgi_app  # noqa: PLC0415 - moto and what comes with it is imported late

        from ziggie_harness.backends.emulated.protocols import environment_of  # noqa: PLC0415 - it imports moto

        body, status, headers = run_wsgi_app(self._application, environment_of(request), buffered=True)
        return HttpResponse(int(status.split()[0]), dict(headers), b"".join(body))


class Divided:
    """moto's state, but for services that others keep."""

    def __init__(self, moto: Moto, elsewhere: Mapping[str, State]) -> None:
        """Know who keeps which services, by botocore's names."""
        self._moto, self._elsewhere = moto, elsewhere

    def answer(self, named: str, request: HttpRequest) -> HttpResponse:
        """Let whoever keeps the service answer; ``named`` begins with its name."""
        keeper = self._elsewhere.get(named.partition(" ")[0], self._moto)
        return keeper.answer(named, request)


def warm_up(services: Iterable[str] = ("route53", "sts")) -> threading.Thread:
    """Import in a thread what the first call of each service would wait for (about 1 s of wall time)."""
    thread = threading.Thread(target=load, args=(("iam", *services),), name="moto warm-up", daemon=True)
    thread.start()
    return thread


def load(services: Iterable[str]) -> None:
    """Import what moto imports late for some services, and their service models."""
    _application()
    with _IMPORTING:
        read_model = importlib.import_module("moto.core.utils").get_service_model
        for name in services:
            for part in ("models", "responses", "urls"):
                importlib.import_module(f"moto.{name}.{part}")
            read_model(name)


@functools.cache
def _application() -> Any:  # noqa: ANN401 - a WSGI application of a package without types
    """Make moto's WSGI application, which finds the service of a request by its signature.

    Once a process: it keeps an application for each service, which take 0.02 s to make, and nothing of any world.
    """
    with _IMPORTING:
        module = importlib.import_module("moto.moto_server.werkzeug_app")
        importlib.import_module("ziggie_harness.backends.emulated.protocols")
    return module.DomainDispatcherApplication(module.create_backend_app)


def _is_html(response: HttpResponse) -> bool:
    """Say whether this is a page for people: no AWS API answers with one. The answer to a HEAD has no page."""
    return bool(response.body) and "html" in response.headers.get("Content-Type", "")


def gap(named: str, what: str) -> AwsError:
    """Return the error for something that the emulator lacks, so that nobody takes it for an outage."""
    message = (
        f"the emulator has a gap: {named} is not implemented with moto {PINNED_VERSION} ({what}). "
        "This is no outage of a region and no answer of AWS: add an overlay for it, or use a backend that has it."
    )
    return AwsError("NotImplemented", message, GAP_STATUS)
