"""Credentials that expire: who calls with temporary ones is refused from then on, whatever the service.

Source: AWS, "Common errors": ExpiredToken ("The security token included in the request is expired"), in services that
speak JSON ExpiredTokenException, HTTP 403 in both. That credentials expire by themselves is not emulated, because the
owner's tools count wall time: a fault lets them.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.permissions import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.backends.emulated.calls import Call

JSON: Final = "application/x-amz-json"
"""How the requests of services begin to tell their type that speak JSON. Source: Smithy, AWS JSON 1.1 protocol."""

FORBIDDEN: Final = 403

GIVING: Final = frozenset({"AssumeRole", "GetSessionToken"})
"""What gives out credentials that expire."""


class SignedCalls:
    """An overlay of the gateway that comes before all others; it answers nothing itself."""

    def __init__(self) -> None:
        """Nothing was given out yet."""
        self._lock = threading.Lock()
        self._given: dict[str, str] = {}
        self._expired: set[str] = set()

    def handle(self, call: Call) -> Answer | None:
        """Refuse a call by credentials that have expired."""
        token = call.request.headers.get(TOKEN)
        with self._lock:
            expired = token in self._expired
        if expired:
            speaks_json = call.request.headers.get("content-type", "").startswith(JSON)
            code = "ExpiredTokenException" if speaks_json else "ExpiredToken"
            raise AwsError(code, "The security token included in the request is expired", FORBIDDEN)
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Remember the STS of which region gave out which credentials."""
        if call.service == "sts" and call.operation in GIVING:
            with self._lock:
                self._given[answer.result["Credentials"]["SessionToken"]] = call.region
        return answer

    @contextmanager
    def expiring(self, region: str) -> Iterator[None]:
        """Let the credentials that the STS of a region has given out so far count as expired, for the block."""
        with self._lock:
            lapsed = {token for token, given_by in self._given.items() if given_by == region} - self._expired
            self._expired |= lapsed
        try:
            yield
        finally:
            with self._lock:
                self._expired -= lapsed
