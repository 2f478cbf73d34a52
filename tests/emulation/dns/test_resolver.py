"""The caching resolver against a real authority on loopback, in drill time."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from ziggie_harness.emulation.dns.resolver import NEGATIVE_MOST_SECONDS, Resolver, negative_seconds
from ziggie_harness.emulation.dns.server import DnsServer
from ziggie_harness.emulation.route53.authority import Authority
from ziggie_harness.emulation.route53.records import RecordSet, Zone
from ziggie_harness.model.client_events import NameResolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulation.conftest import Loopback
    from ziggie_harness.kernel.clock import DrillClock
    from ziggie_harness.kernel.journal import FileJournal


def zone(address: str, *more: RecordSet, minimum: int = 86400) -> Zone:
    """Make the zone with one address."""
    soa = RecordSet("ziggie.ai.", "SOA", 90_000, (f"ns.ziggie.ai. admin.ziggie.ai. 1 7200 900 1209600 {minimum}",))
    return Zone("Z1", "ziggie.ai.", (RecordSet("api.ziggie.ai.", "A", 60, (address,)), soa, *more))


class Source:
    """An authority behind a counter, whose answers a test may replace."""

    def __init__(self, udp: socket.socket, tcp: socket.socket) -> None:
        self.at: tuple[str, int] = udp.getsockname()
        self.asked: list[str] = []
        self.instead: dns.rcode.Rcode | None = None
        self.truncates = False
        self.authority = Authority(udp, tcp, healthy=lambda _: True, zones=(zone("13.48.10.10"),))
        self.server = DnsServer(udp, tcp, self.reply, name="source")

    def reply(self, question: bytes, asker: tuple[str, int], *, by_udp: bool) -> bytes | None:
        """Answer as the authority does, unless the test wants something else."""
        query = dns.message.from_wire(question)
        self.asked.append(f"{query.question[0].name} by {'UDP' if by_udp else 'TCP'}")
        if self.instead is not None:
            response = dns.message.make_response(query)
            response.set_rcode(self.instead)
            return response.to_wire()
        if self.truncates and by_udp:
            response = dns.message.make_response(query)
            response.flags |= dns.flags.TC
            return response.to_wire()
        return self.authority.reply(question, asker, by_udp=by_udp)


@pytest.fixture
def source(dns_sockets: tuple[socket.socket, socket.socket]) -> Iterator[Source]:
    """Serve the zone."""
    made = Source(*dns_sockets)
    with made.server:
        yield made


@pytest.fixture
def resolver(clock: DrillClock, paths: Loopback, journal: FileJournal, source: Source) -> Resolver:
    """Give a resolver on the internet that knows the zone's name servers."""
    return Resolver(clock, paths, "internet", {"ziggie.ai": source.at}, journal=journal, vantage="clients")


def test_an_answer_is_kept_for_its_ttl_in_drill_time(clock: DrillClock, source: Source, resolver: Resolver) -> None:
    """Source: RFC 1035 section 3.2.1: the TTL is how long an answer may be kept before it is asked for again."""
    first = resolver.lookup("api.ziggie.ai")
    assert (first.addresses, first.ttl_seconds, first.cached) == (("13.48.10.10",), 60, False)
    source.authority.publish(zone("34.240.20.10"))
    clock.sleep(20)
    second = resolver.lookup("API.Ziggie.ai.")
    assert (second.addresses, second.ttl_seconds, second.cached) == (("13.48.10.10",), 40, True)
    clock.sleep(39)
    assert resolver.lookup("api.ziggie.ai").addresses == ("13.48.10.10",)
    clock.sleep(1.1)
    assert resolver.lookup("api.ziggie.ai").addresses == ("34.240.20.10",)
    assert len(source.asked) == 2


def test_only_news_are_recorded(clock: DrillClock, source: Source, resolver: Resolver, journal: FileJournal) -> None:
    """The history says when an answer changed at this vantage, not how often it was asked for."""
    for _ in range(5):
        resolver.lookup("api.ziggie.ai")
        clock.sleep(30)
    source.authority.publish(zone("34.240.20.10"))
    clock.sleep(60)
    resolver.lookup("api.ziggie.ai")
    recorded = [event for _, event in journal.history().of_kind(NameResolved)]
    assert recorded == [
        NameResolved("clients", "api.ziggie.ai", ("13.48.10.10",), 60, cached=False),
        NameResolved("clients", "api.ziggie.ai", ("34.240.20.10",), 60, cached=False),
    ]


def test_that_there_is_none_is_kept_too(clock: DrillClock, source: Source, resolver: Resolver) -> None:
    """Source: RFC 2308 section 5: the smaller of the SOA's TTL and its MINIMUM, here 300 s."""
    source.authority.publish(zone("13.48.10.10", minimum=300))
    missing = resolver.lookup("nobody.ziggie.ai")
    assert (missing.addresses, missing.status, missing.ttl_seconds) == ((), "NXDOMAIN", 300)
    assert missing.reason == "NXDOMAIN: nobody.ziggie.ai. does not exist"
    empty = resolver.lookup("ziggie.ai")
    assert (empty.status, empty.reason) == ("NOERROR", "NODATA: ziggie.ai. has no IPv4 address")
    clock.sleep(299)
    assert resolver.lookup("nobody.ziggie.ai").cached
    clock.sleep(2)
    assert not resolver.lookup("nobody.ziggie.ai").cached


@pytest.mark.parametrize(
    ("ttl_seconds", "minimum", "kept"), [(900, 86400, 900), (86400, 900, 900), (90000, 90000, 10800)]
)
def test_the_smaller_of_two_times_counts(ttl_seconds: int, minimum: int, kept: int) -> None:
    """Source: RFC 2308 section 5, whoever else's name servers say so."""
    response = dns.message.make_response(dns.message.make_query("nobody.example", "A"))
    value = f"ns.example. admin.example. 1 7200 900 1209600 {minimum}"
    response.authority.append(dns.rrset.from_text("example.", ttl_seconds, "IN", "SOA", value))
    assert negative_seconds(response) == kept
    response.authority.clear()
    assert negative_seconds(response) == 0


def test_that_there_is_none_is_kept_for_three_hours_at_most(source: Source, resolver: Resolver) -> None:
    """Source: RFC 2308 section 5: "Values of one to three hours have been found to work well"."""
    assert resolver.lookup("nobody.ziggie.ai").ttl_seconds == NEGATIVE_MOST_SECONDS == 3 * 3600
    assert len(source.asked) == 1


def test_a_failure_is_tried_three_times_and_kept_for_a_second(
    clock: DrillClock, source: Source, resolver: Resolver
) -> None:
    """Source: RFC 9520 section 3.2, at least one second."""
    source.instead = dns.rcode.SERVFAIL
    failed = resolver.lookup("api.ziggie.ai")
    assert (failed.addresses, failed.status, len(source.asked)) == ((), "SERVFAIL", 3)
    assert failed.reason == "SERVFAIL: 3 attempts failed, the last one: 127.0.0.1 answers SERVFAIL"
    assert resolver.lookup("api.ziggie.ai").cached
    source.instead = None
    clock.sleep(1.1)
    assert resolver.lookup("api.ziggie.ai").addresses == ("13.48.10.10",)


def test_nothing_stale_is_served_when_the_name_servers_are_silent(
    clock: DrillClock, paths: Loopback, source: Source, resolver: Resolver
) -> None:
    """RFC 8767 allows stale answers and demands none: after the TTL there is a failure, 6 s later."""
    assert resolver.lookup("api.ziggie.ai").addresses
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        dark = Resolver(clock, paths, "internet", {"ziggie.ai": mute.getsockname()})
        paths.cut = lambda _: "the test says so"
        started = clock.now()
        failed = dark.lookup("api.ziggie.ai")
        assert (failed.status, failed.addresses) == ("SERVFAIL", ())
        assert "the test says so" in failed.reason
        assert clock.now() - started == pytest.approx(6, abs=0.3)
    clock.sleep(61)
    source.instead = dns.rcode.REFUSED
    assert resolver.lookup("api.ziggie.ai").status == "SERVFAIL"


def test_concurrent_questions_become_one(clock: DrillClock, source: Source, resolver: Resolver) -> None:
    """Ten clients that ask for one name at once cost its name servers one question, and all get its answer."""
    answers: list[tuple[str, ...]] = []
    barrier = threading.Barrier(10)

    def ask() -> None:
        barrier.wait()
        answers.append(resolver.lookup("api.ziggie.ai").addresses)

    with clock.actors("clients") as clients:
        for number in range(10):
            clients.start(f"client {number}", ask)
        clock.sleep(1)
    assert answers == [("13.48.10.10",)] * 10
    assert len(source.asked) == 1


def test_a_cut_answer_is_asked_for_again_by_tcp(source: Source, resolver: Resolver) -> None:
    """Source: RFC 7766 section 5."""
    source.truncates = True
    assert resolver.lookup("api.ziggie.ai").addresses == ("13.48.10.10",)
    assert source.asked == ["api.ziggie.ai. by UDP", "api.ziggie.ai. by TCP"]


def test_aliases_lead_on_to_other_zones(clock: DrillClock, paths: Loopback, source: Source, resolver: Resolver) -> None:
    """Source: RFC 1034 section 3.6.2; the answer is kept for the smallest TTL of the chain."""
    del resolver
    source.authority.publish(
        zone("13.48.10.10", RecordSet("db.ziggie.ai.", "CNAME", 30, ("db.eu-north-1.rds.amazonaws.com.",)))
    )
    target = RecordSet("db.eu-north-1.rds.amazonaws.com.", "A", 5, ("13.48.10.30",))
    source.authority.publish(Zone("Z2", "amazonaws.com.", (target,)))
    both = Resolver(clock, paths, "internet", {"ziggie.ai": source.at, "AmazonAWS.com.": source.at})
    found = both.lookup("db.ziggie.ai")
    assert (found.addresses, found.ttl_seconds) == (("13.48.10.30",), 5)
    only_one = Resolver(clock, paths, "internet", {"ziggie.ai": source.at})
    assert "no name servers are known" in only_one.lookup("db.ziggie.ai").reason


def test_aliases_in_a_circle_end(source: Source, resolver: Resolver) -> None:
    """Eight aliases are enough; a circle is a failure, not a hang."""
    circle = (
        RecordSet("a.ziggie.ai.", "CNAME", 60, ("b.ziggie.ai.",)),
        RecordSet("b.ziggie.ai.", "CNAME", 60, ("a.ziggie.ai.",)),
    )
    source.authority.publish(zone("13.48.10.10", *circle))
    assert resolver.lookup("a.ziggie.ai").addresses == ()


def test_any_thread_may_ask_and_a_cache_can_be_emptied(source: Source, resolver: Resolver) -> None:
    """A thread that is no actor becomes one for as long as its question is in hand."""
    answers: list[bool] = []

    def ask() -> None:
        answers.append(resolver.lookup("api.ziggie.ai").cached)

    for _ in range(2):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(5)
    resolver.forget()
    ask()
    assert answers == [False, True, False]
    assert len(source.asked) == 2
