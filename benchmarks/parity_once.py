"""One comparison in a process of its own, so that its memory can be told: what `benchmarks.parity` starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from ziggie_harness.model.parity import StoreParity


def main(store: str, server: str, left: str, right: str) -> None:
    """Compare two databases of a server and print the keys that differ, as JSON."""
    keys = {"postgres": _postgres, "mongo": _mongo, "plain": _plain}[store](server, left, right)
    print(json.dumps(sorted(keys)))


def _postgres(server: str, left: str, right: str) -> list[str]:
    """Compare with this harness."""
    import psycopg  # noqa: PLC0415 - each process loads the driver that it needs

    from ziggie_harness.parity.postgres import compare_postgres  # noqa: PLC0415 - the same

    ours, theirs = (partial(psycopg.connect, f"{server}/{name}") for name in (left, right))
    return _keys(compare_postgres(ours, theirs))


def _mongo(server: str, left: str, right: str) -> list[str]:
    """Compare with this harness."""
    from pymongo import MongoClient  # noqa: PLC0415 - the same

    from ziggie_harness.parity.mongo import compare_mongo  # noqa: PLC0415 - the same

    with MongoClient[Any](server) as client:
        return _keys(compare_mongo(client[left], client[right]))


def _plain(server: str, left: str, right: str) -> list[str]:
    """Compare in the plainest way that is sound: walk both collections in the order of _id."""
    from pymongo import MongoClient  # noqa: PLC0415 - the same

    with MongoClient[Any](server) as client:
        ours, theirs = (iter(client[name].orders.find(sort=[("_id", 1)], batch_size=10_000)) for name in (left, right))
        return [json.dumps(key) for key in _walked(ours, theirs)]


def _walked(ours: Iterator[dict[str, Any]], theirs: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield the keys, all of them strings, of documents that differ."""
    left, right = next(ours, None), next(theirs, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left["_id"] < right["_id"]):
            yield left["_id"] if left else ""
            left = next(ours, None)
        elif left is None or right["_id"] < left["_id"]:
            yield right["_id"]
            right = next(theirs, None)
        else:
            if left != right:
                yield left["_id"]
            left, right = next(ours, None), next(theirs, None)


def _keys(found: StoreParity) -> list[str]:
    """Return the keys that were found; what is around the rows has to be the same."""
    if found.sentences or found.uncompared:
        raise ValueError(f"{found.sentences} {found.uncompared}")
    return [difference.key for table in found.tables for difference in table.first]


if __name__ == "__main__":
    main(*sys.argv[1:])
