"""boto3 clients that one world of a process leaves to the next."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict

from ziggie_harness.backends.emulated.api_client import Clients, Keys
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.lab.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = "us-east-1"


class World(Clients):
    """Clients that note what they would send, and from where."""

    def __init__(self) -> None:
        """Send nothing."""
        super().__init__(DrillClock(), Network(), ssl.create_default_context(), lambda _: None)
        self.sent: list[tuple[str, str]] = []

    def send(self, site: str, request: AWSPreparedRequest) -> AWSResponse:
        """Note a request, and answer that it went wrong."""
        self.sent.append((site, request.url))
        headers: Any = HeadersDict({})
        raw: Any = None
        response: Any = AWSResponse(request.url, 400, headers, raw)
        response._content = b""
        return response  # type: ignore[no-any-return]  # as above


def called(world: World, site: str, service: str = "route53", keys: Keys | None = None) -> object:
    """Have a client of a site call something, and return the client."""
    client = world.client(service, HOME, site, keys) if keys else world.client(service, HOME, site)
    question = {"route53": "list_hosted_zones", "s3": "list_buckets"}[service]
    with pytest.raises(Exception, match="400"):
        getattr(client, question)()
    return client


@pytest.fixture
def first() -> Iterator[World]:
    """Make a world."""
    world = World()
    yield world
    world.close()


def test_a_client_is_left_to_the_next_world_and_sends_through_it(first: World) -> None:
    """What was one world's sends nothing there any more, and comes from the site of who has it now."""
    client = called(first, "clients")
    first.close()
    second = World()
    assert called(second, "eu-central-1") is client
    assert [site for site, _ in first.sent] == ["clients"]
    assert [site for site, _ in second.sent] == ["eu-central-1"]


def test_nobody_shares_a_client(first: World) -> None:
    """Two sites, and two worlds at once, have one each."""
    second = World()
    made = [called(first, "clients"), called(first, "eu-central-1"), called(second, "clients")]
    assert len({id(client) for client in made}) == 3


def test_what_a_client_may_have_learned_stays_in_its_world(first: World) -> None:
    """S3's remembers where buckets are, and another role's signs with its keys."""
    made = [called(first, "clients", "s3"), called(first, "clients", keys=Keys("AKIAOTHER", "secret"))]
    first.close()
    second = World()
    assert called(second, "clients", "s3") is not made[0]
    assert called(second, "clients", keys=Keys("AKIAOTHER", "secret")) is not made[1]
