"""Two buckets compared version by version, from their listings: in one pass, and in constant memory.

Both listings come in the order of their keys (S3 API, ListObjectVersions: by their UTF-8 bytes), so one key's versions
are all that is kept at a time. What a listing does not tell, metadata and tags, is asked for where a caller says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Final

EXAMPLES: Final = 10
"""So many differing versions are told."""

LEFT: Final = "left"
RIGHT: Final = "right"


@dataclass(frozen=True, slots=True)
class Listed:
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
    described: Callable[[str, Listed], object] = lambda _side, _version: None,
) -> Found:
    """Compare two listings.

    `explain` says why a version is on one side only; `described` returns what else has to be the same on both.
    """
    found = Found()
    for ours, theirs in _by_key(left, right):
        found.versions_left += len(ours)
        found.versions_right += len(theirs)
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
    return found


def _by_key(left: Iterable[Listed], right: Iterable[Listed]) -> Iterator[tuple[dict[str, Listed], dict[str, Listed]]]:
    """Yield the versions of each key on both sides, by their identities."""
    ours, theirs = _grouped(left), _grouped(right)
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            yield (one[1] if one else {}), {}
            one = next(ours, None)
        elif one is None or other[0] < one[0]:
            yield {}, other[1]
            other = next(theirs, None)
        else:
            yield one[1], other[1]
            one, other = next(ours, None), next(theirs, None)


def _grouped(listed: Iterable[Listed]) -> Iterator[tuple[bytes, dict[str, Listed]]]:
    """Yield each key, as S3 orders them, with its versions."""
    for key, versions in groupby(listed, attrgetter("key")):
        yield key.encode(), {version.version: version for version in versions}


def _difference(one: Listed, other: Listed, described: Callable[[str, Listed], object]) -> str:
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
    if not differing and not one.delete_marker and described(LEFT, one) != described(RIGHT, other):
        differing = ["metadata or tags"]
    return ", ".join(differing)


def _told(version: Listed, side: str, why: str) -> str:
    """Tell of a version that is on one side only."""
    kind = "delete marker" if version.delete_marker else "version"
    return f"{version.key} ({kind} {version.version[:8]}): only {side}" + (f", {why}" if why else "")
