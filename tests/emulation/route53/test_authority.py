"""The name servers, asked over real sockets: by dnspython, and by dig where it is installed."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from ziggie_harness.emulation.route53.authority import Authority
from ziggie_harness.emulation.route53.book import NAME_SERVERS, SOA_VALUE
from ziggie_harness.emulation.route53.records import RecordSet, Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIMARY = RecordSet("api.ziggie.ai.", "A", 60, ("13.48.10.10",), "one", failover="PRIMARY", health_check_id="p")
SECONDARY = RecordSet("api.ziggie.ai.", "A", 60, ("34.240.20.10",), "two", failover="SECONDARY")
ZONE = Zone(
    "Z1",
    "ziggie.ai.",
    (
        PRIMARY,
        SECONDARY,
        RecordSet("www.ziggie.ai.", "CNAME", 300, ("api.ziggie.ai",)),
        RecordSet("lost.ziggie.ai.", "CNAME", 300, ("nowhere.ziggie.ai.",)),
        RecordSet("away.ziggie.ai.", "CNAME", 300, ("example.org.",)),
        RecordSet("db.eu.ziggie.ai.", "A", 60, ("13.48.10.30",)),
        RecordSet("\\052.any.ziggie.ai.", "A", 60, ("13.48.10.99",)),
        RecordSet("long.ziggie.ai.", "TXT", 60, tuple(f'"{number:03d}{"x" * 200}"' for number in range(20))),
    ),
)


class Service:
    """A running authority, the health that it believes in, and a way to ask it."""

    def __init__(self, udp: socket.socket, tcp: socket.socket) -> None:
        self.address, self.port = udp.getsockname()
        self.unhealthy: set[str] = set()
        self.authority = Authority(udp, tcp, healthy=lambda check: check not in self.unhealthy, zones=(ZONE,))

    def ask(self, name: str, kind: str = "A", **options: int) -> dns.message.Message:
        """Ask over UDP."""
        query = dns.message.make_query(name, kind, **options)  # type: ignore[arg-type]  # the options are integers all
        return dns.query.udp(query, self.address, port=self.port, timeout=5)


@pytest.fixture
def service(dns_sockets: tuple[socket.socket, socket.socket]) -> Iterator[Service]:
    """Serve one zone."""
    made = Service(*dns_sockets)
    with made.authority:
        yield made


def values(response: dns.message.Message) -> list[str]:
    """Return the data of the answer section."""
    return [str(datum) for rrset in response.answer for datum in rrset]


def test_answers_follow_health(service: Service) -> None:
    """Source: botocore service model, ResourceRecordSet.Failover."""
    assert values(service.ask("api.ziggie.ai")) == ["13.48.10.10"]
    service.unhealthy.add("p")
    response = service.ask("api.ziggie.ai")
    assert values(response) == ["34.240.20.10"]
    assert response.answer[0].ttl == 60
    assert response.flags & dns.flags.AA
    assert not response.flags & dns.flags.RA


def test_the_case_of_a_question_does_not_matter_and_is_echoed(service: Service) -> None:
    """Source: RFC 4343."""
    response = service.ask("ApI.ZiGGie.AI")
    assert values(response) == ["13.48.10.10"]
    assert str(response.question[0].name) == "ApI.ZiGGie.AI."
    assert str(response.answer[0].name) == "ApI.ZiGGie.AI."


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("nobody.ziggie.ai", "A", dns.rcode.NXDOMAIN),
        ("nobody.db.eu.ziggie.ai", "A", dns.rcode.NXDOMAIN),
        ("api.ziggie.ai", "AAAA", dns.rcode.NOERROR),
        ("eu.ziggie.ai", "A", dns.rcode.NOERROR),
        ("a.any.ziggie.ai", "AAAA", dns.rcode.NOERROR),
    ],
)
def test_there_is_none_says_for_how_long(service: Service, name: str, kind: str, rcode: dns.rcode.Rcode) -> None:
    """Source: RFC 2308, and the SOA record of the Developer Guide: 900 s, the smaller of its TTL and its minimum."""
    response = service.ask(name, kind)
    assert (response.rcode(), response.answer) == (rcode, [])
    (soa,) = response.authority
    assert (str(soa.name), soa.ttl, str(soa[0])) == ("ziggie.ai.", 900, SOA_VALUE)
    assert response.flags & dns.flags.AA


def test_apex_has_four_name_servers(service: Service) -> None:
    """Source: Developer Guide, "NS and SOA records that Amazon Route 53 creates for a public hosted zone"."""
    assert sorted(values(service.ask("ziggie.ai", "NS"))) == sorted(NAME_SERVERS)
    assert values(service.ask("ziggie.ai", "SOA")) == [SOA_VALUE]


def test_aliases_are_followed_within_the_zone(service: Service) -> None:
    """Source: RFC 1034 section 4.3.2 step 3a, RFC 6604 for the code at a broken end."""
    assert values(service.ask("www.ziggie.ai")) == ["api.ziggie.ai.", "13.48.10.10"]
    assert values(service.ask("www.ziggie.ai", "CNAME")) == ["api.ziggie.ai."]
    lost = service.ask("lost.ziggie.ai")
    assert (lost.rcode(), values(lost), len(lost.authority)) == (dns.rcode.NXDOMAIN, ["nowhere.ziggie.ai."], 1)
    away = service.ask("away.ziggie.ai")
    assert (away.rcode(), values(away), away.authority) == (dns.rcode.NOERROR, ["example.org."], [])


def test_a_wildcard_stands_for_names_that_do_not_exist(service: Service) -> None:
    """Source: RFC 4592; Route 53 lists the asterisk by its octal code."""
    assert values(service.ask("one.any.ziggie.ai")) == ["13.48.10.99"]
    assert values(service.ask("two.deep.any.ziggie.ai")) == ["13.48.10.99"]


def test_foreign_zones_and_transfers_are_refused(service: Service) -> None:
    """Name servers speak for their own zones only, and Route 53 does not transfer zones."""
    assert service.ask("example.org").rcode() == dns.rcode.REFUSED
    assert service.ask("notziggie.ai").rcode() == dns.rcode.REFUSED
    query = dns.message.make_query("ziggie.ai", "AXFR")
    response = dns.query.tcp(query, service.address, port=service.port, timeout=5)
    assert response.rcode() == dns.rcode.REFUSED


def test_any_is_answered_minimally(service: Service) -> None:
    """Source: RFC 8482 section 4.2."""
    assert values(service.ask("api.ziggie.ai", "ANY")) == ['"RFC8482" ""']
    assert service.ask("nobody.ziggie.ai", "ANY").rcode() == dns.rcode.NXDOMAIN


def test_what_does_not_fit_is_cut_and_comes_whole_by_tcp(service: Service) -> None:
    """Source: RFC 1035 section 4.2.1 and RFC 7766."""
    assert service.ask("long.ziggie.ai", "TXT").flags & dns.flags.TC
    assert service.ask("long.ziggie.ai", "TXT", use_edns=0, payload=1232).flags & dns.flags.TC
    query = dns.message.make_query("long.ziggie.ai", "TXT")
    assert len(values(dns.query.tcp(query, service.address, port=service.port, timeout=5))) == 20


def test_edns_is_honoured_and_a_client_subnet_ignored(service: Service) -> None:
    """Source: RFC 6891; RFC 7871 section 7.2.1: who does not use the option leaves it out."""
    query = dns.message.make_query("api.ziggie.ai", "A", use_edns=0, payload=4096)
    query.use_edns(0, options=[dns.edns.ECSOption("198.51.100.0", 24)])
    response = dns.query.udp(query, service.address, port=service.port, timeout=5)
    assert (response.edns, response.options, values(response)) == (0, (), ["13.48.10.10"])
    assert service.ask("api.ziggie.ai", use_edns=1).rcode() == dns.rcode.BADVERS


def test_garbage_does_not_stop_the_server(service: Service) -> None:
    """Half a question is a format error, less than a header gets silence, and the next question its answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect((service.address, service.port))
        client.send(b"x")
        client.send(dns.message.make_query("api.ziggie.ai", "A").to_wire()[:20])
        assert dns.message.from_wire(client.recv(512), ignore_trailing=True).rcode() == dns.rcode.FORMERR
    generator = random.Random(1)  # noqa: S311 - any noise will do
    for length in range(0, 200, 7):
        service.authority.reply(generator.randbytes(length), ("127.0.0.1", 5353), by_udp=True)
    assert values(service.ask("api.ziggie.ai")) == ["13.48.10.10"]


def test_zones_are_published_and_withdrawn(service: Service) -> None:
    """A child zone is closer than its parent, and a zone that is gone is refused."""
    service.authority.publish(Zone("Z2", "eu.ziggie.ai.", (RecordSet("db.eu.ziggie.ai.", "A", 5, ("3.64.30.30",)),)))
    assert values(service.ask("db.eu.ziggie.ai")) == ["3.64.30.30"]
    service.authority.withdraw("eu.ziggie.ai")
    assert values(service.ask("db.eu.ziggie.ai")) == ["13.48.10.30"]
    service.authority.withdraw("ziggie.ai")
    assert service.ask("api.ziggie.ai").rcode() == dns.rcode.REFUSED


def test_preview_is_what_the_wire_would_say(service: Service) -> None:
    """TestDNSAnswer "gets the value that Amazon Route 53 returns in response to a DNS request" (botocore)."""
    preview = service.authority.preview("www.ziggie.ai.", "A")
    assert (preview.rcode, preview.values, preview.ttl_seconds) == ("NOERROR", ("13.48.10.10",), 60)
    assert service.authority.preview("nobody.ziggie.ai.", "A").rcode == "NXDOMAIN"
    assert service.authority.preview("example.org.", "A").rcode == "REFUSED"


def test_latency_answers_by_where_the_question_comes_from(dns_sockets: tuple[socket.socket, socket.socket]) -> None:
    """Source: botocore service model, ResourceRecordSet.Region."""
    near = RecordSet("l.ziggie.ai.", "A", 60, ("13.48.10.10",), "n", region="eu-north-1")
    far = RecordSet("l.ziggie.ai.", "A", 60, ("34.240.20.10",), "w", region="eu-west-1")
    with Authority(
        *dns_sockets,
        healthy=lambda _: True,
        region_of=lambda *_: "eu-west-2",
        zones=(Zone("Z", "ziggie.ai.", (near, far)),),
    ) as authority:
        query = dns.message.make_query("l.ziggie.ai", "A")
        answer = authority.reply(query.to_wire(), ("127.0.0.1", 5353), by_udp=True)
        assert answer is not None
        assert values(dns.message.from_wire(answer)) == ["34.240.20.10"]


@pytest.mark.parametrize("way", ["+notcp", "+tcp", "+bufsize=4096", "+noedns", "+subnet=198.51.100.0/24"])
def test_dig_is_happy(service: Service, way: str) -> None:
    """The tool that everybody trusts has no warning to print."""
    if shutil.which("dig") is None:
        pytest.skip("dig is not installed: install bind9-dnsutils")
    command = ["dig", f"@{service.address}", "-p", str(service.port), "+norecurse", "+tries=1", way, "api.ziggie.ai"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    assert "status: NOERROR" in done.stdout
    assert "13.48.10.10" in done.stdout
    assert "warning" not in done.stdout.lower()
    assert done.stderr == ""


def test_an_answer_costs_the_same_in_a_large_zone(dns_sockets: tuple[socket.socket, socket.socket]) -> None:
    """The number of record sets looked at does not grow with the zone: the index finds the group that is asked for."""
    crowd = tuple(RecordSet(f"n{number}.ziggie.ai.", "A", 60, ("13.48.10.10",)) for number in range(5000))
    seen: list[str] = []

    def healthy(check: str) -> bool:
        seen.append(check)
        return True

    with Authority(
        *dns_sockets, healthy=healthy, zones=(Zone("Z", "ziggie.ai.", (*crowd, PRIMARY, SECONDARY)),)
    ) as big:
        assert big.preview("api.ziggie.ai", "A").values == ("13.48.10.10",)
        assert seen == ["p"]
