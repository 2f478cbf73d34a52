"""Clients of the public API: they resolve the name through their cache, connect, and learn how their request ended."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.dns.resolver import Resolver
from ziggie_harness.lab.http_exchange import Reply, Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line, Silence
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.ports import Clock, Paths

HTTPS_PORT: Final = 443

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 4.0
"""How long a client waits, in drill time: for the connection with its handshake, and then for the answer."""

METHODS: Final = {"write": "PUT", "read": "GET"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How an order ended."""

    outcome: Outcome
    reason: str
    region: str = ""
    """The region that answered, or empty."""
    writer: str = ""
    """The region whose database acknowledged a write, where the service says so."""


class PublicClient:
    """A client at a site. Safe to use from many actors at once."""

    def __init__(  # noqa: PLR0913 - who asks whom for what
        self, clock: Clock, paths: Paths, site: str, *, name: str, resolver: Resolver, trust: Trust
    ) -> None:
        """Ask for the public name, as ``resolver`` resolves it."""
        self._clock, self._paths, self._site = clock, paths, site
        self._name, self._resolver, self._trust = name, resolver, trust

    def request(self, probe: str, operation: str, identity: str) -> RequestEnded:
        """Write or read an order, and tell how it ended; never raises for what a client may meet."""
        started = self._clock.now()
        resolved = self._resolver.lookup(self._name)
        if not resolved.addresses:
            reason = f"the name has no address: {resolved.reason}"
            return RequestEnded(probe, operation, identity, started, Outcome.REFUSED, "", "", reason)
        address = resolved.addresses[0]
        ended = order(
            self._clock,
            self._paths,
            self._site,
            address,
            name=self._name,
            trust=self._trust,
            operation=operation,
            identity=identity,
        )
        return RequestEnded(
            probe, operation, identity, started, ended.outcome, ended.region, address, ended.reason, ended.writer
        )


def order(  # noqa: PLR0913 - who asks whom for what
    clock: Clock,
    paths: Paths,
    site: str,
    address: str,
    *,
    name: str,
    trust: Trust,
    operation: str,
    identity: str,
) -> Ended:
    """Write or read an order at an address, and tell how it ended.

    What failed before the request was sent has done nothing, so it is refused; a request without an answer is
    indeterminate.
    """
    with Line(clock, paths, site, address, HTTPS_PORT) as line:
        try:
            until = clock.now() + CONNECT_SECONDS
            line.connect(until)
            trust.shake_hands(line, name, until)
        except (OSError, ssl.SSLError) as error:
            return Ended(Outcome.REFUSED, str(error))
        try:
            request = Request(METHODS[operation], f"/orders/{identity}", name)
            reply = exchange(clock, line, request, head_seconds=ANSWER_SECONDS, body_seconds=ANSWER_SECONDS)
        except (OSError, ssl.SSLError) as error:
            silent = isinstance(error, Silence)
            return Ended(Outcome.INDETERMINATE, str(error) if silent else f"the connection broke off: {error}")
    outcome, reason = _outcome(operation, reply)
    return Ended(outcome, reason, reply.headers.get("x-ziggie-region", ""), reply.headers.get("x-ziggie-writer", ""))


def _outcome(operation: str, reply: Reply) -> tuple[Outcome, str]:
    """Return what an answer means to its client, and why."""
    if reply.status in {200, 201}:
        return Outcome.ACKNOWLEDGED, ""
    try:
        told = json.loads(reply.body)
        reason, applied = str(told["reason"]), told.get("applied", "no")
    except (ValueError, KeyError, TypeError):
        reason, applied = f"HTTP {reply.status}", "unknown"
    if operation == "write" and applied != "no":
        return Outcome.INDETERMINATE, reason
    return Outcome.REFUSED, reason
