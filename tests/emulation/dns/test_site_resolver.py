"""The resolver that a site's processes see, asked as they ask."""

from __future__ import annotations

import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from ziggie_harness.emulation.dns.resolver import Resolver
from ziggie_harness.emulation.dns.site_resolver import SiteResolver
from ziggie_harness.emulation.route53.authority import Authority
from ziggie_harness.emulation.route53.records import RecordSet, Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.emulation.conftest import Loopback
    from ziggie_harness.kernel.clock import DrillClock

TABLE = {"secretsmanager.eu-west-1.amazonaws.com": "34.240.20.20"}
ZONE = Zone("Z1", "ziggie.ai.", (RecordSet("api.ziggie.ai.", "A", 60, ("13.48.10.10",)),))
Sockets = tuple[socket.socket, socket.socket]


@pytest.fixture
def other_sockets() -> Sockets:
    """Bind a second pair of sockets, for the authority, which is asked by UDP only here."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.bind(("127.0.0.1", 0))
    return udp, tcp


@pytest.fixture
def site(clock: DrillClock, paths: Loopback, dns_sockets: Sockets, other_sockets: Sockets) -> Iterator[tuple[str, int]]:
    """Serve the names of a site; give where."""
    authority_at, at = other_sockets[0].getsockname(), dns_sockets[0].getsockname()
    resolver = Resolver(clock, paths, "eu-west-1", {"ziggie.ai": authority_at})
    with (
        Authority(*other_sockets, healthy=lambda _: True, zones=(ZONE,)),
        SiteResolver(*dns_sockets, clock=clock, table=TABLE.get, suffixes=("amazonaws.com",), resolver=resolver),
    ):
        yield at


@pytest.fixture
def ask(site: tuple[str, int]) -> Callable[[str, str], dns.message.Message]:
    """Give a way to ask by UDP."""

    def asking(name: str, kind: str) -> dns.message.Message:
        return dns.query.udp(dns.message.make_query(name, kind), site[0], port=site[1], timeout=5)

    return asking


def test_names_come_from_the_table_and_from_the_authority(ask: Callable[[str, str], dns.message.Message]) -> None:
    """AWS's names lead to the lab's endpoints, the owner's to their name servers; both are said with recursion."""
    endpoint = ask("SecretsManager.eu-west-1.amazonaws.com", "A")
    assert [str(datum) for datum in endpoint.answer[0]] == ["34.240.20.20"]
    assert endpoint.flags & dns.flags.RA
    assert [str(datum) for datum in ask("api.ziggie.ai", "A").answer[0]] == ["13.48.10.10"]


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("api.ziggie.ai", "AAAA", dns.rcode.NOERROR),
        ("secretsmanager.eu-west-1.amazonaws.com", "AAAA", dns.rcode.NOERROR),
        ("nobody.ziggie.ai", "A", dns.rcode.NXDOMAIN),
        ("glacier.eu-west-1.amazonaws.com", "A", dns.rcode.NXDOMAIN),
        ("example.org", "A", dns.rcode.SERVFAIL),
    ],
)
def test_what_there_is_not(
    ask: Callable[[str, str], dns.message.Message], name: str, kind: str, rcode: dns.rcode.Rcode
) -> None:
    """IPv6 has no data, unknown names do not exist, and foreign ones cannot be asked for: the lab has no way out."""
    response = ask(name, kind)
    assert (response.rcode(), response.answer) == (rcode, [])


def test_it_answers_by_tcp_too(site: tuple[str, int]) -> None:
    """Source: RFC 7766: every resolver does."""
    query = dns.message.make_query("api.ziggie.ai", "A")
    assert dns.query.tcp(query, site[0], port=site[1], timeout=5).answer


def test_dig_is_happy(site: tuple[str, int]) -> None:
    """The tool that everybody trusts has no warning to print."""
    if shutil.which("dig") is None:
        pytest.skip("dig is not installed: install bind9-dnsutils")
    command = ["dig", f"@{site[0]}", "-p", str(site[1]), "+tries=1", "api.ziggie.ai"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    assert "status: NOERROR" in done.stdout
    assert "13.48.10.10" in done.stdout
    assert "warning" not in done.stdout.lower()
