"""The zones as name servers hold them: indexed, so that an answer costs the same in a large zone as in a small one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from ziggie_harness.emulation.route53.records import RecordSet, Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NAME_SERVERS: Final = (
    "ns-2048.awsdns-64.com.",
    "ns-2049.awsdns-65.net.",
    "ns-2050.awsdns-66.org.",
    "ns-2051.awsdns-67.co.uk.",
)
"""The four names at the apex of a zone that brings none. Source: the examples of the Developer Guide, "NS and SOA
records that Amazon Route 53 creates for a public hosted zone"."""

NAME_SERVERS_TTL_SECONDS: Final = 172_800
"""General knowledge, not confirmed in documentation."""

SOA_VALUE: Final = "ns-2048.awsdns-64.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
"""Serial, refresh, retry, expire and minimum. Source: Developer Guide, "NS and SOA records that Amazon Route 53 creates
for a public hosted zone"; the address of the administrator as public look-ups of Route 53's own zones show it."""

SOA_TTL_SECONDS: Final = 900
"""Source: public look-ups of Route 53's own zones show a remaining TTL of 900 s."""

CHAIN_LONGEST: Final = 8
"""How many CNAMEs of one zone an answer follows."""

Labels = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The record sets of one name and type, with their data as the wire needs it."""

    records: tuple[RecordSet, ...]
    data: Mapping[RecordSet, tuple[dns.rdata.Rdata, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name server has to say: records for each owner name, and why there are no more where the chain ends."""

    chosen: tuple[tuple[dns.name.Name, RecordSet, tuple[dns.rdata.Rdata, ...]], ...]
    """Owner, record set, data; in the order of the CNAME chain."""
    end: Literal["data", "elsewhere", "no data", "no name"]
    """Where the chain ends: in data, in another zone, at a name without this type, at a name that does not exist."""


class Pages:
    """One zone, indexed by name and type. Names are labels in lower case."""

    def __init__(self, zone: Zone) -> None:
        """Index a zone; apex records that it does not bring are Route 53's defaults."""
        self.zone = zone
        self.apex = dns.name.from_text(zone.name)
        sorted_out: dict[tuple[Labels, str], list[RecordSet]] = defaultdict(list)
        for record in (*default_apex(zone), *zone.records):
            sorted_out[labels_of(dns.name.from_text(wildcard(record.name))), record.type].append(record)
        self._groups = {place: group_of(records) for place, records in sorted_out.items()}
        self._names = {labels[depth:] for labels, _ in self._groups for depth in range(len(labels))}

    def group(self, owner: Labels, kind: str) -> Group | None:
        """Return the record sets of a name and type, of a wildcard's where the name itself does not exist.

        Source: RFC 4592 section 3.3.1, and botocore service model, ResourceRecordSet.Name on the asterisk.
        """
        if owner in self._names:
            return self._groups.get((owner, kind))
        closest = next((owner[cut:] for cut in range(1, len(owner)) if owner[cut:] in self._names), ())
        return self._groups.get(((b"*", *closest), kind))

    def exists(self, owner: Labels) -> bool:
        """Say whether a name exists, by itself, by names below it, or by a wildcard."""
        if owner in self._names:
            return True
        closest = next((owner[cut:] for cut in range(1, len(owner)) if owner[cut:] in self._names), ())
        return (b"*", *closest) in self._names

    def answer(self, asked: dns.name.Name, kind: str, choose: Callable[[Sequence[RecordSet]], RecordSet]) -> Answer:
        """Return what the zone says about a name and type; ``choose`` picks one record set of each group.

        That CNAMEs within the zone are followed is RFC 1034 section 4.3.2, step 3a.
        """
        chosen: list[tuple[dns.name.Name, RecordSet, tuple[dns.rdata.Rdata, ...]]] = []
        owner = asked
        for _ in range(CHAIN_LONGEST):
            labels = labels_of(owner)
            if group := self.group(labels, kind):
                record = choose(group.records)
                return Answer((*chosen, (owner, record, group.data[record])), "data")
            alias = self.group(labels, "CNAME")
            if alias is None:
                return Answer(tuple(chosen), "no data" if self.exists(labels) else "no name")
            record = choose(alias.records)
            chosen.append((owner, record, alias.data[record]))
            owner = dns.name.from_text(record.values[0])
            if not owner.is_subdomain(self.apex):
                break
        return Answer(tuple(chosen), "elsewhere")

    def soa(self) -> dns.rrset.RRset:
        """Return the SOA record for a negative answer, whose TTL is how long that may be kept.

        Source: RFC 2308 section 3: "the TTL of this record is set from the minimum of the MINIMUM field of the SOA
        record and the TTL of the SOA itself".
        """
        group = self._groups[labels_of(self.apex), "SOA"]
        record = group.records[0]
        (data,) = group.data[record]
        minimum = int(str(data).rsplit(" ", 1)[1])
        return dns.rrset.from_rdata(self.apex, min(record.ttl_seconds, minimum), data)


class Book:
    """The zones of a name server, by name. Not changed once made: ``with_zone`` returns another book."""

    def __init__(self, pages: Mapping[Labels, Pages] | None = None) -> None:
        """Hold the given zones."""
        self._pages = dict(pages or {})

    def with_zone(self, zone: Zone) -> Book:
        """Return a book in which a zone is as given."""
        pages = Pages(zone)
        return Book({**self._pages, labels_of(pages.apex): pages})

    def without_zone(self, name: str) -> Book:
        """Return a book without the zone of that name."""
        gone = labels_of(dns.name.from_text(name))
        return Book({apex: pages for apex, pages in self._pages.items() if apex != gone})

    def pages_for(self, name: dns.name.Name) -> Pages | None:
        """Return the zone that a name belongs to, the closest one, or None."""
        labels = labels_of(name)
        return next((pages for cut in range(len(labels)) if (pages := self._pages.get(labels[cut:]))), None)


def labels_of(name: dns.name.Name) -> Labels:
    """Return a name's labels in lower case, without the root's."""
    return tuple(label.lower() for label in name.labels[:-1])


def wildcard(name: str) -> str:
    r"""Return a name with its leading asterisk plain, which Route 53 lists as ``\052``."""
    return "*" + name.removeprefix("\\052") if name.startswith("\\052") else name


def default_apex(zone: Zone) -> Iterator[RecordSet]:
    """Yield the apex records that Route 53 gives to a zone and this one does not bring."""
    brought = {record.type for record in zone.records if record.name == zone.name}
    if "NS" not in brought:
        yield RecordSet(zone.name, "NS", NAME_SERVERS_TTL_SECONDS, NAME_SERVERS)
    if "SOA" not in brought:
        yield RecordSet(zone.name, "SOA", SOA_TTL_SECONDS, (SOA_VALUE,))


def group_of(records: Sequence[RecordSet]) -> Group:
    """Parse the values of the record sets of one name and type."""
    return Group(tuple(records), {record: tuple(parsed(record)) for record in records})


def parsed(record: RecordSet) -> Iterator[dns.rdata.Rdata]:
    """Yield a record set's values as DNS data; relative names in them are absolute, as Route 53 takes them."""
    kind = dns.rdatatype.from_text(record.type)
    for value in record.values:
        yield dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)
