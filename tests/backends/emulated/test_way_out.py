"""The proxy of a site: it leads to servers of the lab by their names, from its site, and tells who is not there."""

from __future__ import annotations

import http.client
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse
from ziggie_harness.backends.emulated.door import Door, Place
from ziggie_harness.backends.emulated.endpoints import address_of
from ziggie_harness.backends.emulated.way_out import WayOut
from ziggie_harness.lab.loopback import Loopback
from ziggie_harness.lab.sites import ENDPOINT_HOST, PROXY_HOST, site_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.lab.certificates import CertificateAuthority

NORTH, WEST = "eu-north-1", "eu-west-1"
HOST = f"secretsmanager.{NORTH}.amazonaws.com"


@pytest.fixture
def network() -> Iterator[Loopback]:
    """Give a network without names of its own."""
    with Loopback() as made:
        yield made


@pytest.fixture
def proxy(network: Loopback) -> Iterator[tuple[str, int]]:
    """Give the place of the proxy of the western region, as its environment tells it."""
    with WayOut(network, WEST, (site_named(WEST).host(PROXY_HOST), 3128), address_of) as way:
        assert way.environment["HTTPS_PROXY"] == way.environment["https_proxy"]
        url = urlsplit(way.environment["HTTPS_PROXY"])
        yield str(url.hostname), int(url.port or 0)


def through(proxy: tuple[str, int], host: str, certificates: CertificateAuthority) -> http.client.HTTPSConnection:
    """Prepare a connection with a host through a proxy, which checks the host's certificate."""
    connection = http.client.HTTPSConnection(*proxy, timeout=5.0, context=certificates.client_context())
    connection.set_tunnel(host, 443)
    return connection


def test_it_leads_to_a_name_of_aws_from_its_site(
    network: Loopback, proxy: tuple[str, int], certificates: CertificateAuthority
) -> None:
    """TLS goes through it, with the certificate of the name that was asked for; the server learns of the site."""
    callers: list[str] = []

    def respond(caller: Place, request: HttpRequest) -> HttpResponse:
        callers.append(network.site_of(*caller))
        return HttpResponse(200, {}, request.host.encode())

    with ExitStack() as stack:
        listener = socket.create_server(network.located(site_named(NORTH).host(ENDPOINT_HOST), 443))
        context = certificates.server_context(certificates.issue([HOST]))
        stack.enter_context(Door(NORTH, listener, context, respond))
        connection = through(proxy, HOST, certificates)
        stack.callback(connection.close)
        for _ in range(2):
            connection.request("GET", "/")
            assert connection.getresponse().read() == HOST.encode()
    assert callers == [WEST, WEST]


def test_a_refusal_is_told(proxy: tuple[str, int], certificates: CertificateAuthority) -> None:
    """Where nobody listens the client hears of it at once."""
    with pytest.raises(OSError, match="502"):
        through(proxy, HOST, certificates).request("GET", "/")


def test_it_leads_nowhere_else(proxy: tuple[str, int], certificates: CertificateAuthority) -> None:
    """A name that the lab does not have is no name, whatever the machine's resolver says."""
    with pytest.raises(OSError, match="502"):
        through(proxy, "example.com", certificates).request("GET", "/")


def test_who_speaks_no_tls_is_turned_away(proxy: tuple[str, int]) -> None:
    """It is asked by CONNECT alone."""
    connection = http.client.HTTPConnection(*proxy, timeout=5.0)
    connection.request("GET", "http://api.ziggie.ai/")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (405, b"this proxy leads to servers that speak TLS\n")
    connection.close()
