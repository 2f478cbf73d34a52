"""Route 53's data plane as a process of its own: name servers and health checkers for one failover record.

It is for worlds whose sites are containers. Run it by ``python -m`` this module. It reads
``ZIGGIE_LISTEN`` address:port of the name servers; ``ZIGGIE_NAME`` the record, such as api.ziggie.ai, in the zone
``ZIGGIE_ZONE``; ``ZIGGIE_PRIMARY`` and ``ZIGGIE_SECONDARY`` the addresses that it answers with; and, unless 60 and 10,
``ZIGGIE_TTL_SECONDS`` and ``ZIGGIE_INTERVAL_SECONDS``, which may be 10 or 30. It lives on the wall clock.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Final

from ziggie_harness.emulation.route53.authority import Authority
from ziggie_harness.emulation.route53.health_checks import Fleet
from ziggie_harness.emulation.route53.records import HealthCheck, RecordSet, Zone, canonical_name
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import EndpointChecked, Event, HealthChanged, History

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from ziggie_harness.emulation.route53.records import Failover

SECONDARY_INTERVAL_SECONDS: Final = 30
"""The secondary is given up later than a promotion takes, else both are unhealthy for a while."""

ROLES: Final[tuple[Failover, ...]] = ("PRIMARY", "SECONDARY")


class Here:
    """The paths of a process that lives in its site."""

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Enter nothing."""
        return nullcontext()

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return the same."""
        return address, port

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Leave the socket as it is."""

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Know of nothing that is cut; who waits finds out."""
        return None


class Told:
    """A journal that tells the container's log what the checkers find."""

    def record(self, event: Event) -> None:
        """Tell an event of a health check."""
        if isinstance(event, EndpointChecked | HealthChanged):
            sys.stderr.write(f"{event}\n")

    def history(self) -> History:
        """Remember nothing."""
        return History(())


def served_zone(environment: Mapping[str, str]) -> Zone:
    """Return the zone that the variables describe; LabError names the one that is missing or makes no sense."""
    name, zone = (canonical_name(_text(environment, variable)) for variable in ("ZIGGIE_NAME", "ZIGGIE_ZONE"))
    ttl_seconds = _seconds(environment, "ZIGGIE_TTL_SECONDS", 60)
    records = tuple(
        RecordSet(
            name, "A", ttl_seconds, (_text(environment, f"ZIGGIE_{role}"),),
            set_identifier=role.lower(), failover=role, health_check_id=f"{role.lower()}-health",
        )
        for role in ROLES
    )  # fmt: skip
    return Zone("Z-COMPOSE", zone, records)


def health_checks(environment: Mapping[str, str]) -> tuple[HealthCheck, ...]:
    """Return the health checks of the two addresses: over HTTPS, by name, as the active-passive design has them."""
    seconds = {
        "PRIMARY": _seconds(environment, "ZIGGIE_INTERVAL_SECONDS", 10),
        "SECONDARY": SECONDARY_INTERVAL_SECONDS,
    }
    return tuple(
        HealthCheck(
            f"{role.lower()}-health", "HTTPS", _text(environment, f"ZIGGIE_{role}"), 443, "/health",
            fully_qualified_domain_name=_text(environment, "ZIGGIE_NAME"), interval_seconds=seconds[role],
        )
        for role in ROLES
    )  # fmt: skip


def serve(environment: Mapping[str, str], ended: threading.Event) -> None:
    """Serve until told that it has ended. Raises LabError for variables that make no sense."""
    zone, checks = served_zone(environment), health_checks(environment)
    address, _, port = _text(environment, "ZIGGIE_LISTEN").rpartition(":")
    with ExitStack() as stack:
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        tcp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind((address, int(port)))
        udp.bind(tcp.getsockname())
        clock = stack.enter_context(DrillClock(skips=False))
        fleet = stack.enter_context(
            Fleet(clock, Here(), Told(), sites={}, resolve=lambda _name: None)  # each check has its address
        )
        stack.enter_context(Authority(udp, tcp, healthy=fleet.healthy, zones=[zone]))
        fleet.watch(checks)
        sys.stderr.write(f"name servers of {zone.name} on {address}:{port}\n")
        ended.wait()


def _text(environment: Mapping[str, str], variable: str) -> str:
    """Return a variable that must be there."""
    if value := environment.get(variable):
        return value
    raise LabError(f"{variable} is not set", hint="see ziggie_harness/emulation/route53/name_servers.py")


def _seconds(environment: Mapping[str, str], variable: str, default: int) -> int:
    """Return a whole number of seconds."""
    text = environment.get(variable, str(default))
    if not text.isdigit():
        raise LabError(f"{variable} is {text!r}", hint="it is a whole number of seconds")
    return int(text)


def main() -> None:
    """Serve until a signal ends the process."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        serve(os.environ, ended)
    except LabError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
