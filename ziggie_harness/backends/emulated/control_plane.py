"""The control planes of all regions: each call understood, handled by an overlay or by moto, and recorded.

Importing this module imports moto: enter ``Moto`` before, as ``Cloud`` does.
"""

from __future__ import annotations

import re
import threading
import traceback
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError, Call, HttpRequest, HttpResponse, Overlay
from ziggie_harness.backends.emulated.endpoints import endpoint_of
from ziggie_harness.backends.emulated.moto_state import CLIENT_ERROR, GAP_STATUS
from ziggie_harness.backends.emulated.permissions import session_of
from ziggie_harness.backends.emulated.protocols import (
    Understood,
    error_code_of,
    error_response,
    result_of,
    result_response,
    understand,
)
from ziggie_harness.backends.emulated.troubles import NoAnswer
from ziggie_harness.model.history import CallMade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ziggie_harness.backends.emulated.machinery import State
    from ziggie_harness.backends.emulated.troubles import Troubles
    from ziggie_harness.ports import Journal

SCOPE: Final = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
"""The credential scope of a signature. Source: AWS, "Signature Version 4 signing process"."""


UNHURRIED: Final = frozenset({("lambda", "Invoke")})
"""Calls that last as long as the owner's code, which makes calls itself: they take no turn."""


class ControlPlane:
    """Answers AWS API calls. Calls of one service are answered one after the other, as its overlays may rely on.

    Those that may last are the exception: ``UNHURRIED``.
    """

    def __init__(
        self, state: State, journal: Journal, overlays: Sequence[Overlay] = (), troubles: Troubles | None = None
    ) -> None:
        """Ask the overlays in their order before the state; ``troubles`` come before all of them."""
        self._state = state
        self._troubles = troubles
        self._journal = journal
        self._overlays = tuple(overlays)
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def answer(self, region: str, caller_site: str, request: HttpRequest) -> HttpResponse:
        """Answer a request that came to a region's gateway, and record the call."""
        service = service_of(request)
        call = Call(service, "", region, caller_site, {}, request)
        understood = None
        try:
            if understood := understand(service, request):
                call = replace(call, operation=understood.operation.name, parameters=understood.parameters)
            # Before the service's turn: a region that is slow or silent must not hold up the others.
            if self._troubles:
                self._troubles.meet(call)
            with nullcontext() if (service, call.operation) in UNHURRIED else self._turns[service]:
                response = self._carry_out(call, understood)
            code = error_code_of(understood, response)
        except NoAnswer as silence:
            self._journal.record(
                CallMade(service, call.operation, region, caller_site, 0, str(silence), session_of(request))
            )
            silence.over.wait()
            raise
        except AwsError as error:
            code = error.code
            response = error_response(service, understood, error)
        except Exception as error:  # noqa: BLE001 - a mistake in an overlay must not look like an outage of AWS
            code = "EmulatorFailure"
            response = error_response(service, understood, _failure(call, error))
        operation, role = call.operation or _path_of(request), session_of(request)
        self._journal.record(CallMade(service, operation, region, caller_site, response.status, code, role))
        return response

    def _carry_out(self, call: Call, understood: Understood | None) -> HttpResponse:
        """Let the first overlay that wants a call answer it, else the state."""
        if understood is None:
            return self._state.answer(f"{call.service} {_path_of(call.request)}", call.request)
        for overlay in self._overlays:
            if (answer := overlay.handle(call)) is not None:
                return _with_headers(result_response(understood, answer.result), answer)
        response = self._state.answer(f"{call.service} {call.operation}", call.request)
        if response.status >= CLIENT_ERROR or not self._overlays:
            return response
        return self._completed(call, understood, response)

    def _completed(self, call: Call, understood: Understood, response: HttpResponse) -> HttpResponse:
        """Let the overlays see, and correct, what the state answered."""
        told = answer = Answer(result_of(understood, response))
        for overlay in self._overlays:
            answer = overlay.after(call, answer)
        if answer.result is not told.result:
            response = result_response(understood, answer.result)
        return _with_headers(response, answer)


def _with_headers(response: HttpResponse, answer: Answer) -> HttpResponse:
    """Give a response the headers of an answer."""
    return replace(response, headers={**response.headers, **answer.headers}) if answer.headers else response


def service_of(request: HttpRequest) -> str:
    """Return the service that a request is for: by its host name, else by its signature's scope."""
    if endpoint := endpoint_of(request.host):
        return endpoint.service
    scope = SCOPE.search(request.headers.get("authorization", ""))
    return scope["service"] if scope else "unknown"


def _failure(call: Call, error: Exception) -> AwsError:
    """Return the error for a mistake in the emulator, with the place where it happened."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = (
        f"the emulator failed at {call.service} {call.operation}: {type(error).__name__}: {error} "
        f"({place.filename}:{place.lineno}). This is no outage of a region and no answer of AWS."
    )
    return AwsError("EmulatorFailure", message, GAP_STATUS)


def _path_of(request: HttpRequest) -> str:
    """Name a request by method and path, for want of an operation's name."""
    return f"{request.method} {request.target.partition('?')[0]}"
