"""The AWS APIs of the regions as faults may trouble them: an ``Api`` of the ports."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from ziggie_harness.backends.embedded.api_client import ACCESS_KEY
from ziggie_harness.backends.embedded.cloud import Cloud
from ziggie_harness.lab.http_exchange import Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line
from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import Clock, Paths

LOOK_SECONDS: Final = 2.0
"""How long a look at an API waits for each part of the answer."""

CLIENT_ERROR: Final = 400

QUESTIONS: Final = {"secretsmanager": "secretsmanager.ListSecrets"}
"""What a service that speaks JSON can be asked without harm, as its X-Amz-Target header names it."""


class EmbeddedApi:
    """Troubles the gateways, and looks at them as a client does."""

    def __init__(self, topology: Topology, clock: Clock, paths: Paths, cloud: Cloud, trust: Trust) -> None:
        """Trouble the APIs of a cloud."""
        self._topology, self._clock, self._paths = topology, clock, paths
        self._cloud, self._trust = cloud, trust

    def troubled(self, role: Role, service: str, trouble: Trouble) -> AbstractContextManager[None]:
        """Trouble a service in a region for the block."""
        return self._cloud.troubles.between(self._topology.region(role), service, trouble)

    @contextmanager
    def refusing(self, role: Role) -> Iterator[None]:
        """Have all endpoints of a region refuse connections for the block."""
        with self._cloud.gateway.refusing(self._topology.region(role)):
            yield

    def obstacle(self, source: str, role: Role, service: str) -> str | None:
        """Ask a service of a region from a site; return why it gives no answer of its own in time, or None."""
        region = self._topology.region(role)
        host = f"{service}.{region}.amazonaws.com"
        place = self._cloud.place_of(host)
        if place is None or service not in QUESTIONS:
            raise LabError(f"{service} in {region} cannot be asked", hint=f"known are: {', '.join(QUESTIONS)}")
        headers = {
            "X-Amz-Target": QUESTIONS[service],
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{region}/{service}/aws4_request",
        }
        request = Request("POST", "/", host, headers, b"{}")
        with Line(self._clock, self._paths, source, *place) as line:
            try:
                line.connect(self._clock.now() + LOOK_SECONDS)
                self._trust.shake_hands(line, host, self._clock.now() + LOOK_SECONDS)
                reply = exchange(self._clock, line, request, head_seconds=LOOK_SECONDS, body_seconds=LOOK_SECONDS)
            except (OSError, ssl.SSLError) as error:
                return f"{service} in {region}, asked from {source}: {error}"
        if reply.status < CLIENT_ERROR:
            return None
        return f"{service} in {region}, asked from {source}: HTTP {reply.status}: {reply.body.decode(errors='replace')}"
