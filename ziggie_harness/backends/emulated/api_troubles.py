"""The AWS APIs of the regions as faults may trouble them: an ``Api`` of the ports."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from ziggie_harness.backends.emulated.api_client import ACCESS_KEY
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.ec2_capacity import Ec2Capacity
from ziggie_harness.backends.emulated.permissions import TOKEN
from ziggie_harness.backends.emulated.signed_calls import SignedCalls
from ziggie_harness.lab.http_exchange import Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line
from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.errors import ApiRefused, LabError
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import CLIENTS, Clock, Paths

LOOK_SECONDS: Final = 2.0
"""How long a look at an API waits for each part of the answer."""

CLIENT_ERROR: Final = 400

SERVER: Final = "t3.medium"
"""The server that is asked for where somebody wants to know whether there are any."""

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

QUESTIONS: Final[Mapping[str, tuple[str, Mapping[str, str], bytes]]] = {
    "secretsmanager": (
        "secretsmanager",
        {"X-Amz-Target": "secretsmanager.ListSecrets", "Content-Type": "application/x-amz-json-1.1"},
        b"{}",
    ),
    "rds": ("rds", FORM, b"Action=DescribeDBInstances&Version=2014-10-31"),
    "rds promotions": ("rds", FORM, b"Action=PromoteReadReplica&DBInstanceIdentifier=nobody&Version=2014-10-31"),
}
"""What can be asked without harm: the service, and the headers and the body of the question."""


class EmulatedApi:
    """Troubles the gateways, and looks at them as a client does."""

    def __init__(  # noqa: PLR0913, PLR0917 - each is a part of its own
        self,
        topology: Topology,
        clock: Clock,
        paths: Paths,
        cloud: Cloud,
        signed: SignedCalls,
        trust: Trust,
        servers: Ec2Capacity,
    ) -> None:
        """Trouble the APIs of a cloud."""
        self._servers = servers
        self._topology, self._clock, self._paths = topology, clock, paths
        self._cloud, self._signed, self._trust = cloud, signed, trust
        self._samples: dict[str, str] = {}

    def troubled(self, role: Role, service: str, trouble: Trouble) -> AbstractContextManager[None]:
        """Trouble a service in a region for the block."""
        return self._cloud.troubles.between(self._topology.region(role), service, trouble)

    @contextmanager
    def refusing(self, role: Role) -> Iterator[None]:
        """Have all endpoints of a region refuse connections for the block."""
        with self._cloud.gateway.refusing(self._topology.region(role)):
            yield

    @contextmanager
    def expiring(self, role: Role) -> Iterator[None]:
        """Let the credentials that a region's STS has given out so far be expired, for the block."""
        region = self._topology.region(role)
        given = self._cloud.clients.ask("sts", region, CLIENTS, lambda sts: sts.get_session_token())
        self._samples[region] = given["Credentials"]["SessionToken"]
        with self._signed.expiring(region):
            yield

    def exhausted(self, role: Role) -> AbstractContextManager[None]:
        """Let EC2 of a region have no server more to give, for the block."""
        return self._servers.exhausted(self._topology.region(role))

    def server_obstacle(self, source: str, role: Role) -> str | None:
        """Ask EC2 of a region from a site to reserve a server, and give it back; return why it refuses, or None."""
        region, ask = self._topology.region(role), self._cloud.clients.ask
        wanted = {"InstanceType": SERVER, "InstancePlatform": "Linux/UNIX", "InstanceCount": 1}
        try:
            made = ask("ec2", region, source, lambda ec2: ec2.create_capacity_reservation(
                AvailabilityZone=f"{region}a", **wanted))  # fmt: skip
        except ApiRefused as refusal:
            return str(refusal)
        identity = made["CapacityReservation"]["CapacityReservationId"]
        ask("ec2", region, source, lambda ec2: ec2.cancel_capacity_reservation(CapacityReservationId=identity))
        return None

    def expired(self, source: str, role: Role) -> str | None:
        """Ask STS who one is, by credentials that are to be expired; return its refusal, or None."""
        region = self._topology.region(role)
        headers = {"Content-Type": "application/x-www-form-urlencoded", TOKEN: self._samples[region]}
        return self._asked(source, region, "sts", headers, b"Action=GetCallerIdentity&Version=2011-06-15")

    def obstacle(self, source: str, role: Role, service: str) -> str | None:
        """Ask a service of a region from a site; return why it gives no answer of its own in time, or None."""
        region = self._topology.region(role)
        if service not in QUESTIONS:
            raise LabError(f"{service} in {region} cannot be asked", hint=f"known are: {', '.join(QUESTIONS)}")
        name, headers, body = QUESTIONS[service]
        return self._asked(source, region, name, headers, body)

    def _asked(self, source: str, region: str, service: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Ask a service of a region something from a site; return why it gives no good answer in time, or None."""
        host = f"{service}.{region}.amazonaws.com"
        place = self._cloud.place_of(host)
        if place is None:
            raise LabError(f"{service} in {region} cannot be asked", hint="the lab has no such region")
        scope = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{region}/{service}/aws4_request"
        request = Request("POST", "/", host, {**headers, "Authorization": scope}, body)
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
