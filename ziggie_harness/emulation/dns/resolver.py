"""A caching resolver, as between clients and name servers: it keeps answers as long as they say, in drill time."""

from __future__ import annotations

import math
import random
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.CNAME
import dns.rdtypes.ANY.SOA
import dns.rdtypes.IN.A

from ziggie_harness.lab.wire import Line, Silence, ask
from ziggie_harness.model.client_events import NameResolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ziggie_harness.ports import Clock, Journal, Paths, Signal

ATTEMPTS: Final = 3
"""How often a question is asked before the resolver gives up."""

ATTEMPT_SECONDS: Final = 2.0
"""How long each attempt waits. With three of them a client gets SERVFAIL after 6 s; resolvers differ (BIND up to 10
s)."""

NEGATIVE_MOST_SECONDS: Final = 10_800
"""How long "there is none" is kept at most. Source: RFC 2308 section 5: "Values of one to three hours have been
found to work well"."""

FAILURE_SECONDS: Final = 1
"""How long a failure is kept. Source: RFC 9520 section 3.2: "Resolvers MUST cache resolution failures for at least 1
second"."""

CHAIN_LONGEST: Final = 8
"""How many CNAMEs are followed across answers."""

PAYLOAD_BYTES: Final = 1232
"""How much the resolver takes over UDP. Source: DNS flag day 2020."""

LENGTH_BYTES: Final = 2
"""What precedes a message over TCP. Source: RFC 7766 section 8."""

Status = Literal["NOERROR", "NXDOMAIN", "SERVFAIL"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a look-up gave: addresses, or none and a reason. ``ttl_seconds`` is how long it may still be kept."""

    addresses: tuple[str, ...]
    ttl_seconds: int
    cached: bool
    reason: str = ""
    status: Status = "NOERROR"


class _Entry(NamedTuple):
    """What the cache holds about a name."""

    addresses: tuple[str, ...]
    expires_seconds: float
    reason: str
    status: Status


class _Failure(Exception):
    """The name servers could not be asked."""


class Resolver:
    """A caching resolver at a site; any thread may look up.

    ``authorities`` gives the name servers, address and port, of each zone by its name. It serves nothing stale (RFC
    8767 is an option that resolvers may have). Questions for one name at the same time become one.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own
        self,
        clock: Clock,
        paths: Paths,
        site: str,
        authorities: Mapping[str, tuple[str, int]],
        *,
        journal: Journal | None = None,
        vantage: str | None = None,
        seed: int = 0,
    ) -> None:
        """Prepare; ``vantage`` names this resolver in the history and is the site unless given."""
        self._clock, self._paths, self._site = clock, paths, site
        self._authorities = {dns.name.from_text(zone.lower()): server for zone, server in authorities.items()}
        self._journal, self._vantage = journal, vantage or site
        self._draw = random.Random(seed)  # noqa: S311 - the lab has no forgers whom a message id would keep off
        self._lock = threading.Lock()
        self._cache: dict[str, _Entry] = {}
        self._asking: dict[str, Signal] = {}
        self._told: dict[str, tuple[tuple[str, ...], str]] = {}

    def lookup(self, name: str) -> Resolved:
        """Return the IPv4 addresses of a name, from the cache or its name servers; never raises for DNS reasons."""
        key = name.lower().removesuffix(".") + "."
        with self._clock.actor(f"resolver {self._vantage}"):
            while True:
                found = self._cached_or_asking(key)
                if isinstance(found, Resolved):
                    return found
                asking, ours = found
                if ours:
                    return self._ask_and_keep(key, asking)
                asking.wait(math.inf)

    def forget(self) -> None:
        """Empty the cache, as a restart does."""
        with self._lock:
            self._cache.clear()

    def _cached_or_asking(self, key: str) -> Resolved | tuple[Signal, bool]:
        """Return the cached answer, or the end of the question for this name and whether it is ours to ask."""
        with self._lock:
            entry, now = self._cache.get(key), self._clock.now()
            if entry and now < entry.expires_seconds:
                return resolved(entry, now, cached=True)
            if asking := self._asking.get(key):
                return asking, False
            self._asking[key] = ours = self._clock.signal()
            return ours, True

    def _ask_and_keep(self, key: str, done: Signal) -> Resolved:
        """Ask for a name that nobody else is asking for, keep the answer and wake who waits for it."""
        try:
            entry = self._resolve(dns.name.from_text(key))
            with self._lock:
                self._cache[key] = entry
                self._tell(key, entry)
            return resolved(entry, self._clock.now(), cached=False)
        finally:
            with self._lock:
                del self._asking[key]
            done.set()

    def _tell(self, key: str, entry: _Entry) -> None:
        """Record an answer that differs from the one before. Called under the lock."""
        news = (entry.addresses, entry.status)
        if self._journal and self._told.get(key) != news:
            self._told[key] = news
            ttl_seconds = resolved(entry, self._clock.now(), cached=False).ttl_seconds
            plain = key.removesuffix(".")
            self._journal.record(
                NameResolved(self._vantage, plain, entry.addresses, ttl_seconds, cached=False, reason=entry.reason)
            )

    def _resolve(self, name: dns.name.Name) -> _Entry:
        """Ask the name servers; a failure becomes an entry too."""
        try:
            return self._chase(name)
        except _Failure as failure:
            return _Entry((), self._clock.now() + FAILURE_SECONDS, f"SERVFAIL: {failure}", "SERVFAIL")

    def _chase(self, name: dns.name.Name) -> _Entry:
        """Ask the name servers, following aliases from zone to zone."""
        ttl_seconds = math.inf
        for _ in range(CHAIN_LONGEST):
            response = self._response(name)
            addresses, target, chain_seconds = follow(response, name)
            ttl_seconds = min(ttl_seconds, chain_seconds)
            if addresses:
                return _Entry(addresses, self._clock.now() + ttl_seconds, "", "NOERROR")
            if response.rcode() == dns.rcode.NXDOMAIN or response.authority or target == name:
                return self._none(response, target, ttl_seconds)
            name = target
        raise _Failure(f"more than {CHAIN_LONGEST} aliases lead on from the name")

    def _none(self, response: dns.message.Message, name: dns.name.Name, ttl_seconds: float) -> _Entry:
        """Keep that there is none. Source: RFC 2308 section 5, the smaller of the SOA's TTL and its MINIMUM."""
        missing = response.rcode() == dns.rcode.NXDOMAIN
        seconds = min(ttl_seconds, negative_seconds(response))
        reason = f"NXDOMAIN: {name} does not exist" if missing else f"NODATA: {name} has no IPv4 address"
        return _Entry((), self._clock.now() + seconds, reason, "NXDOMAIN" if missing else "NOERROR")

    def _response(self, name: dns.name.Name) -> dns.message.Message:
        """Return the name servers' answer about a name; raise _Failure after the last attempt."""
        server = next((found for zone in suffixes(name) if (found := self._authorities.get(zone))), None)
        if server is None:
            raise _Failure(f"no name servers are known for {name}")
        reason = ""
        for _ in range(ATTEMPTS):
            query = dns.message.make_query(name, dns.rdatatype.A, payload=PAYLOAD_BYTES)
            query.id = self._draw.randrange(65536)
            query.flags &= ~dns.flags.RD
            try:
                response = self._exchange(query, server)
            except (OSError, dns.exception.DNSException) as error:
                reason = f"{server[0]}: {error}"
                continue
            if response.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
                return response
            reason = f"{server[0]} answers {dns.rcode.to_text(response.rcode())}"
        raise _Failure(f"{ATTEMPTS} attempts failed, the last one: {reason}")

    def _exchange(self, query: dns.message.Message, server: tuple[str, int]) -> dns.message.Message:
        """Ask once by UDP, and by TCP when the answer did not fit."""
        until = self._clock.now() + ATTEMPT_SECONDS
        wire = ask(self._clock, self._paths, self._site, server, query.to_wire(), until)
        response = dns.message.from_wire(wire, ignore_trailing=True)
        if response.flags & dns.flags.TC:
            response = dns.message.from_wire(self._by_tcp(query.to_wire(), server, until))
        if not query.is_response(response):
            raise Silence("answer", "what came answers another question")
        return response

    def _by_tcp(self, question: bytes, server: tuple[str, int], until_seconds: float) -> bytes:
        """Ask by TCP. Source: RFC 7766 section 8, each message is preceded by its length."""
        with Line(self._clock, self._paths, self._site, *server) as line:
            line.connect(until_seconds)
            line.send(struct.pack("!H", len(question)) + question, until_seconds)
            data = b""
            while len(data) < LENGTH_BYTES or len(data) < LENGTH_BYTES + struct.unpack("!H", data[:LENGTH_BYTES])[0]:
                piece = line.receive("answer", until_seconds)
                if not piece:
                    raise ConnectionError(f"{server[0]} hung up in the middle of an answer")
                data += piece
        return data[LENGTH_BYTES:]


def resolved(entry: _Entry, now_seconds: float, *, cached: bool) -> Resolved:
    """Return a cache entry as its reader sees it, with what is left of its time."""
    left = max(0, math.ceil(entry.expires_seconds - now_seconds))
    return Resolved(entry.addresses, left, cached, entry.reason, entry.status)


def follow(response: dns.message.Message, name: dns.name.Name) -> tuple[tuple[str, ...], dns.name.Name, float]:
    """Follow the aliases in an answer; return the addresses, the name that the aliases lead to, the smallest TTL."""
    ttl_seconds = math.inf
    for _ in range(CHAIN_LONGEST):
        found = [rrset for rrset in response.answer if rrset.name == name]
        addresses = [rrset for rrset in found if rrset.rdtype == dns.rdatatype.A]
        if addresses:
            texts = tuple(str(datum) for datum in addresses[0])
            return texts, name, min(ttl_seconds, addresses[0].ttl)
        alias = next((rrset for rrset in found if rrset.rdtype == dns.rdatatype.CNAME), None)
        if alias is None:
            break
        ttl_seconds = min(ttl_seconds, alias.ttl)
        target = alias[0]
        if isinstance(target, dns.rdtypes.ANY.CNAME.CNAME):
            name = target.target
    return (), name, ttl_seconds


def negative_seconds(response: dns.message.Message) -> float:
    """Return how long the answer that there is none may be kept; 0 without the SOA record that would say so."""
    for rrset in response.authority:
        datum = rrset[0]
        if isinstance(datum, dns.rdtypes.ANY.SOA.SOA):
            return min(rrset.ttl, datum.minimum, NEGATIVE_MOST_SECONDS)
    return 0.0


def suffixes(name: dns.name.Name) -> Iterator[dns.name.Name]:
    """Yield a name and its parents, in lower case, the root last."""
    canonical = name.canonicalize()
    yield from (dns.name.Name(canonical.labels[cut:]) for cut in range(len(canonical.labels)))
