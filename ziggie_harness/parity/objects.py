"""Two buckets compared version by version, from their listings: in one pass, and in constant memory.

Both listings come in the order of their keys (S3 API, ListObjectVersions: by their UTF-8 bytes), so one key's versions
are all that is kept at a time. What a listing does not tell, metadata and tags, is asked for where a caller says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

EXAMPLES: Final = 10
"""So many differing versions are told."""

LEFT: Final = "left"
RIGHT: Final = "right"


class Listed(NamedTuple):
    """One version, as a listing tells it."""

    key: str
    version: str
    digest: str
    """Its ETag; empty where that is no digest of the content."""
    size_bytes: int
    delete_marker: bool
    latest: bool


@dataclass(slots=True)
class Found:
    """What a comparison found."""

    versions_left: int = 0
    versions_right: int = 0
    only_left: int = 0
    only_right: int = 0
    different: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Keep an example, unless there are enough."""
        if len(self.examples) < EXAMPLES:
            self.examples.append(sentence)


def compare(
    left: Iterable[Listed],
    right: Iterable[Listed],
    *,
    explain: Callable[[str, Listed], str] = lambda _side, _version: "",
    described: Callable[[str, Listed], object] | None = None,
) -> Found:
    """Compare two listings.

    `explain` says why a version is on one side only; `described` returns what else has to be the same on both.
    """
    found = Found()
    ours, theirs = _Listing(left), _Listing(right)
    while ours.head is not None or theirs.head is not None:
        if described is None and _pass_alike(ours, theirs):
            continue
        key = min(listing.head.key.encode() for listing in (ours, theirs) if listing.head is not None).decode()
        _compare_key(found, ours.take(key), theirs.take(key), explain, described)
    found.versions_left, found.versions_right = ours.passed, theirs.passed
    return found


class _Listing:
    """A listing, of which one version is looked at."""

    def __init__(self, versions: Iterable[Listed]) -> None:
        """Look at the first version."""
        self._rest = iter(versions)
        self.passed = 0
        self.head = next(self._rest, None)

    def advance(self) -> None:
        """Look at the next version."""
        self.passed += 1
        self.head = next(self._rest, None)

    def take(self, key: str) -> dict[str, Listed]:
        """Return what comes next of a key, by the versions' identities, and look at what follows it."""
        taken = {}
        while self.head is not None and self.head.key == key:
            taken[self.head.version] = self.head
            self.advance()
        return taken


def _pass_alike(ours: _Listing, theirs: _Listing) -> bool:
    """Pass by what is the same in both, as nearly everything is; return whether there was any of it."""
    before = ours.passed
    while ours.head is not None and ours.head == theirs.head:
        ours.advance()
        theirs.advance()
    return ours.passed > before


def _compare_key(
    found: Found,
    ours: Mapping[str, Listed],
    theirs: Mapping[str, Listed],
    explain: Callable[[str, Listed], str],
    described: Callable[[str, Listed], object] | None,
) -> None:
    """Compare the versions of one key."""
    for identity, version in ours.items():
        if identity not in theirs:
            found.only_left += 1
            found.note(_told(version, LEFT, explain(LEFT, version)))
        elif difference := _difference(version, theirs[identity], described):
            found.different += 1
            found.note(f"{version.key} {identity}: different in {difference}")
    for identity, version in theirs.items():
        if identity not in ours:
            found.only_right += 1
            found.note(_told(version, RIGHT, explain(RIGHT, version)))


def _difference(one: Listed, other: Listed, described: Callable[[str, Listed], object] | None) -> str:
    """Name what differs between both copies of a version, or return nothing."""
    differing = [
        name
        for name, ours, theirs in (
            ("digest", one.digest, other.digest),
            ("size", one.size_bytes, other.size_bytes),
            ("kind", one.delete_marker, other.delete_marker),
            ("being the current version", one.latest, other.latest),
        )
        if ours != theirs
    ]
    if described and not differing and not one.delete_marker and described(LEFT, one) != described(RIGHT, other):
        differing = ["metadata or tags"]
    return ", ".join(differing)


def _told(version: Listed, side: str, why: str) -> str:
    """Tell of a version that is on one side only."""
    kind = "delete marker" if version.delete_marker else "version"
    return f"{version.key} ({kind} {version.version[:8]}): only {side}" + (f", {why}" if why else "")
