"""Parity of two MongoDB databases, or of two members of one set: documents, indexes, options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from bson.json_util import dumps
from pymongo.database import Database
from pymongo.errors import OperationFailure

from ziggie_harness.model.parity import Difference, Finding, StoreParity, TableParity
from ziggie_harness.parity.descent import Descent, Found
from ziggie_harness.parity.mongo_documents import AS_STORED, DocumentRows, Documents, shown
from ziggie_harness.parity.tally import Sink, Tally, nowhere

STORE: Final = "MongoDB"

_NO_CONTENTS: Final = frozenset({"view", "timeseries"})
"""Kinds of collections that show the contents of others, which are compared themselves."""

_BOOKKEEPING: Final = frozenset({"system.profile", "system.views"})
_NOISE: Final = frozenset({"v", "ns"})
"""What a server notes in an index by itself."""


def compare_mongo(
    left: Database[Any], right: Database[Any], *, names: tuple[str, str] = ("left", "right"), sink: Sink = nowhere
) -> StoreParity:
    """Compare two databases that nobody writes to meanwhile; every document that differs goes to the sink too.

    To compare two members of one set, connect to each directly. A server digests whole collections by itself
    (dbHash, which holds up writers), where the user may ask for that; only what differs then is read over the network.
    """
    with ThreadPoolExecutor(2, thread_name_prefix="parity") as pool:
        comparison = _Comparison(left, right, pool, sink)
        tables = tuple(comparison.tables())
        return StoreParity(STORE, *names, tables, tuple(comparison.sentences()), tuple(comparison.uncompared))


class _Comparison:
    """Two databases while they are compared."""

    def __init__(self, left: Database[Any], right: Database[Any], pool: ThreadPoolExecutor, sink: Sink) -> None:
        self.uncompared: list[str] = []
        self._left = left
        self._right = right
        self._pool = pool
        self._sink = sink
        self._described = _described(left), _described(right)

    def tables(self) -> Iterator[TableParity]:
        """Compare the documents of every collection that both sides have."""
        ours, theirs = self._described
        common = [
            name
            for name in sorted(ours.keys() & theirs.keys())
            if not {ours[name].get("type"), theirs[name].get("type")} & _NO_CONTENTS
        ]
        asked = [self._pool.submit(_whole_digests, side, common) for side in (self._left, self._right)]
        left, right = (each.result() for each in asked)
        for name in common:
            if ours[name].get("options.collation") != theirs[name].get("options.collation"):
                self.uncompared.append(f"{name}: its two sides have different collations, so their orders differ")
                continue
            try:
                yield self._collection(name, same=name in left and left[name] == right.get(name))
            except OperationFailure as refusal:
                self.uncompared.append(f"{name}: {(refusal.details or {}).get('errmsg', refusal)}")

    def sentences(self) -> Iterator[str]:
        """Compare collections, options and indexes."""
        ours, theirs = self._described
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in theirs:
                yield f"collection {name} is missing on the right"
            elif name not in ours:
                yield f"collection {name} is missing on the left"
            else:
                yield from _told_apart(name, ours[name], theirs[name])

    def _collection(self, name: str, *, same: bool) -> TableParity:
        """Compare the documents of one collection, unless the servers' digests say that they are the same."""
        ours, theirs = _documents(self._left, name), _documents(self._right, name)
        tally = Tally(name, self._sink)
        if same:
            # An estimate would be wrong after a crash, which is what drills are about.
            rows = ours.count_documents({}, hint=[("_id", 1)])
            return tally.result(rows, rows, "the servers' digests of all documents (dbHash)")
        left, right = DocumentRows(ours), DocumentRows(theirs)
        descent = Descent(left, right, self._pool)
        tally.take(_explained(name, left, right, descent.differences()))
        return tally.result(descent.rows_left, descent.rows_right, "digests of documents as stored, by _id")


def _documents(database: Database[Any], name: str) -> Documents:
    """Return a collection whose documents are read as stored."""
    return database.get_collection(name, codec_options=AS_STORED)


def _whole_digests(database: Database[Any], names: list[str]) -> dict[str, str]:
    """Have the server digest whole collections; those that it leaves out, or all when it refuses, are missing."""
    if not names:
        return {}
    try:
        reply = database.command("dbHash", collections=names, read_preference=database.read_preference)
    except OperationFailure:
        return {}
    capped = set(reply.get("capped", ()))
    return {name: digest for name, digest in reply["collections"].items() if name not in capped}


def _described(database: Database[Any]) -> dict[str, dict[str, str]]:
    """Describe every collection: its type, each of its options and each of its indexes, as text."""
    described = {}
    for listed in database.list_collections():
        name = listed["name"]
        if name in _BOOKKEEPING:
            continue
        facts = {"type": listed["type"]}
        facts |= {f"options.{option}": dumps(value) for option, value in listed.get("options", {}).items()}
        if listed["type"] not in _NO_CONTENTS:
            facts |= {f"index {index['name']}": _index(index) for index in database[name].list_indexes()}
        described[name] = facts
    return described


def _index(index: Mapping[str, Any]) -> str:
    """Describe an index; the order of its keys counts, that of its options does not."""
    return ", ".join(f"{option}: {dumps(index[option])}" for option in sorted(index.keys() - _NOISE - {"name"}))


def _told_apart(name: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each fact about a collection that is not the same."""
    for fact in sorted(ours.keys() | theirs.keys()):
        if ours.get(fact) != theirs.get(fact):
            left, right = (side.get(fact, "missing") for side in (ours, theirs))
            yield f"collection {name}, {fact.replace('.', ' ')}: {left} on the left, {right} on the right"


def _explained(
    name: str, left: DocumentRows, right: DocumentRows, found: Iterable[Found[bytes]]
) -> Iterator[Difference]:
    """Add to documents that are different in which fields they are."""
    for each in found:
        fields: tuple[str, ...] = ()
        if each.finding is Finding.DIFFERENT:
            ours, theirs = left.fields(each.key), right.fields(each.key)
            names = dict.fromkeys([*ours, *theirs])
            fields = tuple(field for field in names if ours.get(field) != theirs.get(field)) or ("order of fields",)
        yield Difference(name, shown(each.key), each.finding, fields)
