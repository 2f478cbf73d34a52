"""The resolver that a site's own processes see: what `getaddrinfo`, `aws`, `curl` and `dig` inside a site ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from ziggie_harness.emulation.dns.resolver import Resolved
from ziggie_harness.emulation.dns.server import DnsServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from ziggie_harness.emulation.dns.resolver import Resolver
    from ziggie_harness.ports import Clock

TABLE_TTL_SECONDS: Final = 60
"""The TTL of names from the table. Source: public look-ups of AWS endpoints show 60 s or less."""

THREADS: Final = 8
"""How many questions may be in hand at once: one that waits for a dark name server must not hold up the others."""


class SiteResolver:
    """A DNS server for the processes of a site. A context manager: it serves inside its block.

    ``table`` gives the address of a name that the lab itself serves, or None; names under ``suffixes`` that it does not
    know do not exist; all others go through ``resolver``. The sockets are bound by the caller, inside the site.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own
        self,
        udp: socket.socket,
        tcp: socket.socket,
        *,
        clock: Clock,
        table: Callable[[str], str | None],
        suffixes: Sequence[str],
        resolver: Resolver,
    ) -> None:
        """Prepare to serve."""
        self._clock, self._table, self._resolver = clock, table, resolver
        self._suffixes = tuple("." + suffix.lower().strip(".") for suffix in suffixes)
        self._server = DnsServer(udp, tcp, self.reply, name="site resolver", threads=THREADS)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.__exit__(kind, error, trace)

    def reply(self, question: bytes, asker: tuple[str, int], *, by_udp: bool) -> bytes | None:
        """Answer one message; what is no question gets silence."""
        try:
            query = dns.message.from_wire(question, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            return None
        if query.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            response.set_rcode(dns.rcode.NOTIMP)
            return response.to_wire()
        # The process that asks is at work, and no actor itself: for as long as its question is in hand, this thread is.
        with self._clock.actor(f"question from {asker[0]}"):
            self._fill(response, self._look_up(str(query.question[0].name)))
        limit = max(512, query.payload) if by_udp else 65535
        return response.to_wire(max_size=limit, prefer_truncation=True)

    def _fill(self, response: dns.message.Message, found: Resolved) -> None:
        """Put into a response what was found; other types than A have no data here."""
        response.set_rcode(dns.rcode.from_text(found.status))
        asked = response.question[0]
        if found.addresses and asked.rdtype == dns.rdatatype.A and asked.rdclass == dns.rdataclass.IN:
            response.answer.append(dns.rrset.from_text_list(asked.name, found.ttl_seconds, "IN", "A", found.addresses))

    def _look_up(self, name: str) -> Resolved:
        """Return what the table says about a name, or else the resolver."""
        plain = name.lower().removesuffix(".")
        if address := self._table(plain):
            return Resolved((address,), TABLE_TTL_SECONDS, cached=False)
        if f".{plain}".endswith(self._suffixes):
            return Resolved((), 0, cached=False, reason=f"NXDOMAIN: the lab serves no {plain}", status="NXDOMAIN")
        return self._resolver.lookup(plain)
