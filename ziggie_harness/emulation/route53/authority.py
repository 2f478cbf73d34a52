"""Route 53's name servers: authoritative DNS over UDP and TCP, which answers by routing policy and health."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from ziggie_harness.emulation.dns.server import DnsServer
from ziggie_harness.emulation.route53.book import Answer, Book, labels_of
from ziggie_harness.emulation.route53.routing import Healthy, choose

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from ziggie_harness.emulation.route53.book import Pages
    from ziggie_harness.emulation.route53.records import RecordSet, Zone

PAYLOAD_BYTES: Final = 1232
"""How much the server takes over UDP, as EDNS tells it. Source: DNS flag day 2020; Route 53's own value is not
known."""

PLAIN_BYTES: Final = 512
"""What fits into an answer over UDP without EDNS. Source: RFC 1035 section 4.2.1."""

ANY_TTL_SECONDS: Final = 3789
"""The TTL of the minimal answer to ANY, of RFC 8482's own example (section 4.2)."""


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What the name servers would answer, as TestDNSAnswer tells it."""

    rcode: str
    values: tuple[str, ...]
    ttl_seconds: int


class Authority:
    """The name servers of all hosted zones. A context manager: it serves inside its block.

    ``udp`` and ``tcp`` are bound by the caller, in the site of the name servers; the end of the block closes them.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own, all but the sockets by name
        self,
        udp: socket.socket,
        tcp: socket.socket,
        *,
        healthy: Healthy,
        region_of: Callable[[str, int], str] = lambda _address, _port: "us-east-1",
        seed: int = 0,
        zones: Iterable[Zone] = (),
    ) -> None:
        """Prepare to serve; ``region_of`` says which region who asks is closest to, for latency routing."""
        self._healthy, self._region_of = healthy, region_of
        self._draw = random.Random(seed).random  # noqa: S311 - it chooses among answers, it hides nothing
        self._changing = threading.Lock()
        self._book = Book()
        for zone in zones:
            self._book = self._book.with_zone(zone)
        self._server = DnsServer(udp, tcp, self.reply, name="authority")

    def __enter__(self) -> Self:
        """Start to serve."""
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.__exit__(kind, error, trace)

    def publish(self, zone: Zone) -> None:
        """Serve a zone as given from now on."""
        with self._changing:
            self._book = self._book.with_zone(zone)

    def withdraw(self, name: str) -> None:
        """Serve the zone of that name no longer."""
        with self._changing:
            self._book = self._book.without_zone(name)

    def preview(self, name: str, kind: str, asked_from: str = "us-east-1") -> DnsAnswer:
        """Say what a question would be answered with, without a packet."""
        asked = dns.name.from_text(name)
        pages = self._book.pages_for(asked)
        if pages is None:
            return DnsAnswer("REFUSED", (), 0)
        answer = self._look_up(pages, asked, kind.upper(), asked_from)
        if answer.end == "data":
            _, record, data = answer.chosen[-1]
            return DnsAnswer("NOERROR", tuple(str(datum) for datum in data), record.ttl_seconds)
        return DnsAnswer("NXDOMAIN" if answer.end == "no name" else "NOERROR", (), pages.soa().ttl)

    def reply(self, question: bytes, asker: tuple[str, int], *, by_udp: bool) -> bytes | None:
        """Answer one message; None for what is no question at all, which gets silence."""
        try:
            query = dns.message.from_wire(question, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            return format_error(question)
        if query.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(query, our_payload=PAYLOAD_BYTES)
        response.flags &= ~dns.flags.RA
        self._fill(query, response, asker)
        if not by_udp:
            return response.to_wire(max_size=65535)
        limit = max(PLAIN_BYTES, query.payload) if query.edns >= 0 else PLAIN_BYTES
        return response.to_wire(max_size=limit, prefer_truncation=True)

    def _fill(self, query: dns.message.Message, response: dns.message.Message, asker: tuple[str, int]) -> None:
        """Put into a response what the zones say."""
        if query.edns > 0:
            response.set_rcode(dns.rcode.BADVERS)
            return
        if query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
            return
        if len(query.question) != 1:
            response.set_rcode(dns.rcode.FORMERR)
            return
        asked, kind = query.question[0].name, query.question[0].rdtype
        pages = self._book.pages_for(asked)
        whole_zone = kind in {dns.rdatatype.AXFR, dns.rdatatype.IXFR}
        if pages is None or whole_zone or query.question[0].rdclass != dns.rdataclass.IN:
            response.set_rcode(dns.rcode.REFUSED)
            return
        response.flags |= dns.flags.AA
        if kind == dns.rdatatype.ANY:
            self._answer_any(pages, asked, response)
            return
        answer = self._look_up(pages, asked, dns.rdatatype.to_text(kind), self._region_of(*asker))
        for owner, record, data in answer.chosen:
            response.answer.append(dns.rrset.from_rdata_list(owner, record.ttl_seconds, data))
        self._end(pages, answer, response)

    def _answer_any(self, pages: Pages, asked: dns.name.Name, response: dns.message.Message) -> None:
        """Answer ANY with a synthesised HINFO. Source: RFC 8482 section 4.2; what Route 53 does is not confirmed."""
        if pages.exists(labels_of(asked)):
            minimal = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.HINFO, '"RFC8482" ""')
            response.answer.append(dns.rrset.from_rdata(asked, ANY_TTL_SECONDS, minimal))
        else:
            self._end(pages, Answer((), "no name"), response)

    def _end(self, pages: Pages, answer: Answer, response: dns.message.Message) -> None:
        """Say why there are no more records. Source: RFC 2308 section 2, and RFC 6604 for the code after aliases."""
        if answer.end == "no name":
            response.set_rcode(dns.rcode.NXDOMAIN)
        if answer.end in {"no name", "no data"}:
            response.authority.append(pages.soa())

    def _look_up(self, pages: Pages, asked: dns.name.Name, kind: str, asked_from: str) -> Answer:
        """Ask a zone, choosing among record sets by policy and health."""

        def chosen(group: Sequence[RecordSet]) -> RecordSet:
            return choose(group, self._healthy, self._draw, asked_from)

        return pages.answer(asked, kind, chosen)


def format_error(question: bytes) -> bytes | None:
    """Answer FORMERR to what has at least a header of a question, else nothing. Source: RFC 1035 section 4.1.1."""
    header_bytes, response_bit = 12, 0x80
    if len(question) < header_bytes or question[2] & response_bit:
        return None
    flags = bytes((response_bit | question[2] & 0x79, int(dns.rcode.FORMERR)))
    return question[:2] + flags + bytes(8)
