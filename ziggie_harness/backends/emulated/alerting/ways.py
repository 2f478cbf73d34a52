"""How alerting gets from place to place: real packets, from the region that sends to where the other end is.

What is dark for others is dark for AWS's own services there, so a message that has to cross a cut link does not arrive.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ziggie_harness.backends.emulated.door import Place
from ziggie_harness.emulation.sns.retries import ANSWER_SECONDS
from ziggie_harness.lab.http_exchange import Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line
from ziggie_harness.ports import Clock, Paths

CONNECT_SECONDS: Final = 5.0
"""How long AWS tries to connect to another region. An assumption."""

SUCCESS: Final = range(200, 300)
"""An answer with another status is a failed attempt (SNS developer guide, "Amazon SNS message delivery retries")."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The network as AWS's services use it."""

    clock: Clock
    paths: Paths
    trust: Trust
    gateway: Callable[[str], Place]
    """Where the endpoints of a region are."""
    receiver: Callable[[str], Place | None]
    """Where the host of a receiver is, by its name."""

    def obstacle(self, site: str, region: str) -> str | None:
        """Return why a region's endpoints cannot be reached from a site, or None; within a region they always can."""
        if site == region:
            return None
        try:
            with Line(self.clock, self.paths, site, *self.gateway(region)) as line:
                line.connect(self.clock.now() + CONNECT_SECONDS)
        except OSError as error:
            return f"{region} cannot be reached from {site}: {error}"
        return None

    def post(
        self, site: str, host: str, path: str, headers: Mapping[str, str], body: Mapping[str, object]
    ) -> str | None:
        """Send JSON to a receiver by HTTPS, from a site; return why it was not taken, or None."""
        place = self.receiver(host)
        if place is None:
            return f"no receiver has the name {host}"
        until = self.clock.now() + ANSWER_SECONDS
        request = Request("POST", path, host, {"Content-Type": "text/plain; charset=UTF-8", **headers}, _written(body))
        try:
            with Line(self.clock, self.paths, site, *place) as line:
                line.connect(until)
                self.trust.shake_hands(line, host, until)
                left = max(0.0, until - self.clock.now())
                reply = exchange(self.clock, line, request, head_seconds=left, body_seconds=ANSWER_SECONDS)
        except (OSError, ssl.SSLError) as error:
            return f"{host} cannot be reached from {site}: {error}"
        return None if reply.status in SUCCESS else f"{host} answers HTTP {reply.status}"


def _written(body: Mapping[str, object]) -> bytes:
    """Write a body as JSON."""
    return json.dumps(body).encode()
