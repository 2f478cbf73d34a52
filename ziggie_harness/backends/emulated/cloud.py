"""AWS as the embedded backend has it: moto and the overlays behind a gateway in each region, and Route 53's data plane.

This is the one place that ties these parts together.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.endpoints import (
    CONTROL_PLANE_REGION,
    HTTPS_PORT,
    REGIONS,
    certificate_names,
    endpoint_of,
)
from ziggie_harness.backends.emulated.gateway import Gateway
from ziggie_harness.backends.emulated.moto_state import Divided, Moto
from ziggie_harness.backends.emulated.route53_health_overlay import Route53HealthChecks
from ziggie_harness.backends.emulated.route53_overlay import Route53Zones
from ziggie_harness.backends.emulated.route53_state import Route53State
from ziggie_harness.backends.emulated.troubles import Troubles
from ziggie_harness.emulation.route53.authority import Authority
from ziggie_harness.emulation.route53.health_checks import FAR_SITE, Fleet
from ziggie_harness.emulation.route53.propagation import PROPAGATION_SECONDS, Propagation
from ziggie_harness.emulation.route53.records import CHECKER_REGIONS
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.sites import CHECKER_HOST, DNS_HOST, ENDPOINT_HOST, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from ziggie_harness.backends.emulated.calls import Overlay
    from ziggie_harness.backends.emulated.door import Place
    from ziggie_harness.backends.emulated.machinery import State
    from ziggie_harness.lab.certificates import CertificateAuthority
    from ziggie_harness.lab.firewall import Guarded
    from ziggie_harness.ports import Clock, Journal, Paths

CEILING_SECONDS: Final = 7200.0
"""When a change that does not reach the name servers counts as failed."""

NAME_SERVER_SITE: Final = "edge"

CHECKER_SITES: Final[Mapping[str, str]] = {region: region for region in CHECKER_REGIONS if region in REGIONS}
"""Checkers whose region is in the lab ask from there; all others from far away."""


def lab_places() -> Mapping[str, Place]:
    """Return where each region's gateway listens in the lab."""
    return {region: (site_named(region).host(ENDPOINT_HOST), HTTPS_PORT) for region in REGIONS}


def lab_name_server() -> Place:
    """Return where Route 53's name servers listen in the lab."""
    return site_named(NAME_SERVER_SITE).host(DNS_HOST), 53


class Cloud:
    """AWS, for the time of a block. One process holds one at a time, as moto's state is one per process."""

    def __init__(  # noqa: PLR0913 - each is a choice of its own, all but the first five by name
        self,
        clock: Clock,
        paths: Paths,
        journal: Journal,
        certificates: CertificateAuthority,
        site_of: Callable[[str, int], str],
        *,
        overlays: Sequence[Overlay] = (),
        places: Mapping[str, Place] | None = None,
        name_server: Place | None = None,
        propagation_seconds: float = PROPAGATION_SECONDS,
        checkers: Guarded | None = None,
        elsewhere: Mapping[str, State] | None = None,
    ) -> None:
        """Prepare; ``site_of`` tells the site of a caller, ``overlays`` are asked before those of Route 53.

        ``checkers`` are the paths of health checkers, where firewalls may keep them out. ``elsewhere`` answers for
        services whose state is not moto's.
        """
        self._clock, self._paths, self._journal = clock, paths, journal
        self._certificates, self._site_of = certificates, site_of
        self._overlays = tuple(overlays)
        self._places = lab_places() if places is None else places
        self._name_server = lab_name_server() if name_server is None else name_server
        self._propagation_seconds = propagation_seconds
        self._checkers = checkers
        self._elsewhere = dict(elsewhere or {})
        self._stack = ExitStack()
        self.state = Route53State()
        self.troubles = Troubles(clock)
        self.clients = Clients(clock, paths, certificates.client_context(), self.place_of)

    def __enter__(self) -> Self:
        """Start everything; LabError when something cannot listen."""
        with ExitStack() as stack:
            moto = stack.enter_context(Moto())
            from ziggie_harness.backends.emulated.control_plane import ControlPlane  # noqa: PLC0415 - it imports moto

            udp, tcp = self._name_server_sockets()
            self.fleet = Fleet(
                self._clock,
                self._checkers or self._paths,
                self._journal,
                sites=CHECKER_SITES,
                resolve=self._public_address,
                source_of=self._checkers.address if self._checkers else lambda _site: "",
            )
            self.authority = stack.enter_context(
                Authority(udp, tcp, healthy=self.fleet.healthy, region_of=self._nearest_region)
            )
            self.propagation = stack.enter_context(
                Propagation(self._clock, self.authority.publish, seconds=self._propagation_seconds)
            )
            stack.enter_context(self.fleet)
            state = Divided(moto, self._elsewhere)
            self.control_plane = ControlPlane(state, self._journal, (*self._overlays, *self._route53()), self.troubles)
            contexts = {region: self._server_context(region) for region in self._places}
            self.gateway = stack.enter_context(
                Gateway(self._paths, contexts, self.control_plane.answer, self._site_of, self._places)
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, in the reverse order."""
        self._stack.__exit__(kind, error, trace)
        self.clients.close()

    def place_of(self, host: str) -> Place | None:
        """Lead an AWS host name to the address and port of its gateway; None for every other name."""
        endpoint = endpoint_of(host)
        return self.gateway.place(endpoint.region) if endpoint else None

    def await_change(self, change_id: str) -> None:
        """Wait until a change of Route 53's records has reached the name servers. Raises WaitTimedOut."""
        wait_until(
            self._clock,
            "the records to reach the name servers",
            lambda: None if self.propagation.status(change_id) == "INSYNC" else "the change is PENDING",
            at_most_seconds=CEILING_SECONDS,
            every_seconds=1.0,
        )

    def _route53(self) -> tuple[Overlay, ...]:
        """Make the overlays of Route 53."""
        dates = DrillDates(self._clock)
        return (
            Route53Zones(self.state, self.propagation, self.authority, dates),
            Route53HealthChecks(self.state, self.fleet, dates, checker_address),
        )

    def _server_context(self, region: str) -> ssl.SSLContext:
        """Make the TLS settings of a region's gateway, with a certificate for the region's names."""
        return self._certificates.server_context(self._certificates.issue(certificate_names(region)))

    def _name_server_sockets(self) -> tuple[socket.socket, socket.socket]:
        """Make the name servers' sockets where the name servers are; both on the same port."""
        with self._paths.inside(NAME_SERVER_SITE):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind(self._paths.located(*self._name_server))
            tcp.listen()
            udp.bind(tcp.getsockname())
        except OSError as error:
            udp.close()
            tcp.close()
            address, port = self._name_server
            message = f"Route 53's name servers cannot listen on {address}:{port}"
            raise LabError(message, str(error), "see whether another world of this process still runs") from error
        self.name_server: Place = tcp.getsockname()
        return udp, tcp

    def _public_address(self, name: str) -> str | None:
        """Resolve the name of a health check's endpoint, as the name servers answer now."""
        answer = self.authority.preview(name, "A")
        return answer.values[0] if answer.values else None

    def _nearest_region(self, address: str, port: int) -> str:
        """Return the region closest to who asks: its own, or where TestDNSAnswer asks from by default."""
        site = self._site_of(address, port)
        return site if site in REGIONS else CONTROL_PLANE_REGION


def checker_address(region: str) -> str:
    """Return the address that the checkers of a region ask from."""
    return site_named(CHECKER_SITES.get(region, FAR_SITE)).host(CHECKER_HOST)
