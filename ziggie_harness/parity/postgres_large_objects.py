"""Large objects, each digested in its server: neither logical replication nor a dump of one table carries them over."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Final

from ziggie_harness.model.parity import Difference, Finding
from ziggie_harness.parity.postgres_catalog import Link

_DIGESTS: Final = """
SELECT oid::bigint, encode(sha256(lo_get(oid)), 'hex') || ' owned by ' || pg_get_userbyid(lomowner)
FROM pg_largeobject_metadata ORDER BY oid
"""


def large_object_differences(left: Link, right: Link, counts: Counter[str]) -> Iterator[Difference]:
    """Yield each large object that differs, by its oid; afterwards `counts` has how many each side holds."""
    sides = heapq.merge(_digests(left, "left", counts), _digests(right, "right", counts), key=lambda each: each[0])
    for oid, group in itertools.groupby(sides, key=lambda each: each[0]):
        found = list(group)
        if len(found) == 1:
            finding = Finding.ONLY_RIGHT if found[0][2] == "right" else Finding.ONLY_LEFT
            yield Difference("large objects", str(oid), finding)
        elif found[0][1] != found[1][1]:
            yield Difference("large objects", str(oid), Finding.DIFFERENT)


def _digests(link: Link, side: str, counts: Counter[str]) -> Iterator[tuple[int, str, str]]:
    """Yield oid, digest and side of each large object, counting them."""
    with link.cursor(name="large_objects") as cursor:
        for oid, digest in cursor.execute(_DIGESTS):
            counts[side] += 1
            yield oid, digest, side
