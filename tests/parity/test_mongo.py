"""Parity of MongoDB databases, on a real server: documents to the byte, indexes, options."""

from __future__ import annotations

import datetime as dt
import itertools
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import bson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.collation import Collation
from pymongo.errors import PyMongoError

from ziggie_harness.backends.emulated.mongo_install import find_installation, installation_obstacle
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.parity import Difference, Finding
from ziggie_harness.parity.descent import Span
from ziggie_harness.parity.mongo import compare_mongo
from ziggie_harness.parity.mongo_documents import AS_STORED, DocumentRows, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

LOOPBACK = "127.0.0.1"

NUMBERS = itertools.count(1)

# Every type that an _id can have, in the order of the index.
MIXED: list[Any] = [
    bson.MinKey(), None, -3, 1.5, bson.Int64(2**40), bson.Decimal128("1E50"), "", "a", "é", {"a": 1}, {"a": 2, "b": 1},
    b"bytes", bson.ObjectId("0" * 24), False, True, dt.datetime(1901, 1, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC), bson.Timestamp(1, 1), bson.MaxKey(),
]  # fmt: skip


@pytest.fixture(scope="module")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoClient[Any]]:
    """Start MongoDB on loopback; skip where there is none."""
    if obstacle := installation_obstacle():
        pytest.skip(obstacle)
    directory = tmp_path_factory.mktemp("mongo")
    with socket.create_server((LOOPBACK, 0)) as probe:
        port = probe.getsockname()[1]
    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor(stack.enter_context(Run(directory / "state"))))
        (directory / "data").mkdir()
        command = [str(find_installation(supervisor).program), "--dbpath", str(directory / "data"), "--port", str(port)]
        command += ["--bind_ip", LOOPBACK, "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket"]
        supervisor.spawn("mongod", command, environment={}, log=directory / "log")
        client: MongoClient[Any] = stack.enter_context(
            MongoClient(LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=500)
        )

        def silence() -> str | None:
            try:
                client.admin.command("ping")
            except PyMongoError as error:
                return str(error)
            return None

        clock = stack.enter_context(DrillClock(skips=False))
        with clock.actor("test"):
            wait_until(clock, "MongoDB's first answer", silence, at_most_seconds=60, every_seconds=0.1)
        yield client


@pytest.fixture
def pair(mongo: MongoClient[Any]) -> Iterator[tuple[Database[Any], Database[Any]]]:
    """Make two databases with the same few documents."""
    both = mongo[f"left_{next(NUMBERS)}"], mongo[f"right_{next(NUMBERS)}"]
    for database in both:
        database.orders.insert_many([{"_id": number, "amount": 1.5, "note": "n"} for number in range(50)])
        database.orders.create_index([("note", 1), ("amount", -1)])
        database.mixed.insert_many([{"_id": value, "place": place} for place, value in enumerate(MIXED)])
    yield both
    for database in both:
        mongo.drop_database(database.name)


def test_equal_databases_are_equal(pair: tuple[Database[Any], Database[Any]]) -> None:
    """The servers' own digests say so, without reading a document, and documents are counted."""
    found = compare_mongo(*pair)
    assert found.equal, found
    rows = {table.name: (table.rows_left, table.rows_right) for table in found.tables}
    assert rows == {"orders": (50, 50), "mixed": (len(MIXED), len(MIXED))}
    assert all("dbHash" in table.way for table in found.tables)


DOCUMENTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a fraction": ({"_id": 7, "amount": 1.9, "note": "n"}, ("amount",)),
    "a type": ({"_id": 7, "amount": bson.Decimal128("1.5"), "note": "n"}, ("amount",)),
    "a field more": ({"_id": 7, "amount": 1.5, "note": "n", "more": None}, ("more",)),
    "a field less": ({"_id": 7, "amount": 1.5}, ("note",)),
    "the order of fields": ({"_id": 7, "note": "n", "amount": 1.5}, ("order of fields",)),
}


@pytest.mark.parametrize(("document", "fields"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_one_changed_document_is_found(
    pair: tuple[Database[Any], Database[Any]], document: dict[str, Any], fields: tuple[str, ...]
) -> None:
    """Also one that a hashed index cannot tell apart."""
    pair[1].orders.replace_one({"_id": 7}, document)
    found = compare_mongo(*pair)
    [orders] = [table for table in found.tables if table.name == "orders"]
    assert orders.first == (Difference("orders", "7", Finding.DIFFERENT, fields),)
    assert (orders.rows_left, orders.rows_right) == (50, 50)


def test_documents_on_one_side_only_are_told_by_side(pair: tuple[Database[Any], Database[Any]]) -> None:
    """Keys of any type are named so that their types can be told."""
    pair[0].mixed.delete_one({"_id": "a"})
    pair[1].mixed.delete_one({"_id": True})
    pair[1].mixed.insert_one({"_id": "1"})
    [mixed] = [table for table in compare_mongo(*pair).tables if table.differing]
    assert {(each.key, each.finding) for each in mixed.first} == {
        ('"a"', Finding.ONLY_RIGHT),
        ("true", Finding.ONLY_LEFT),
        ('"1"', Finding.ONLY_RIGHT),
    }


def test_spans_go_over_all_types_of_keys(pair: tuple[Database[Any], Database[Any]]) -> None:
    """Parts between any two keys hold each document once, whatever types the keys have."""
    rows = DocumentRows(pair[0].get_collection("mixed", codec_options=AS_STORED))
    keys = [key for key, _ in rows.rows(Span(None, None))]
    assert keys == [bson.encode({"_id": value}) for value in MIXED]
    assert [part.rows for part in rows.checksums(Span(None, None), keys[1:-1])] == [1] * (len(MIXED) - 2) + [2]
    assert list(rows.cuts(Span(None, None), 3)) == [keys[7], keys[14]]
    assert shown(keys[3]) == "1.5"


AROUND: dict[str, tuple[Callable[[Database[Any]], object], str]] = {
    "an index": (
        lambda database: database.orders.drop_index("note_1_amount_-1"),
        'collection orders, index note_1_amount_-1: key: {"note": 1, "amount": -1} on the left, missing on the right',
    ),
    "an option of an index": (
        lambda database: database.orders.create_index("amount", unique=True, partialFilterExpression={"amount": 3}),
        "collection orders, index amount_1: missing on the left",
    ),
    "a validator": (
        lambda database: database.command("collMod", "orders", validator={"amount": {"$gt": 0}}),
        'collection orders, options validator: missing on the left, {"amount": {"$gt": 0}} on the right',
    ),
    "a collection": (lambda database: database.create_collection("more"), "collection more is missing on the left"),
    "a view": (
        lambda database: database.create_collection("few", viewOn="orders", pipeline=[]),
        "collection few is missing on the left",
    ),
}


@pytest.mark.parametrize(("change", "fragment"), AROUND.values(), ids=AROUND)
def test_what_is_around_the_documents_is_compared(
    pair: tuple[Database[Any], Database[Any]], change: Callable[[Database[Any]], object], fragment: str
) -> None:
    """Indexes, options, collections: each difference is a sentence."""
    change(pair[1])
    found = compare_mongo(*pair)
    assert any(sentence.startswith(fragment) for sentence in found.sentences), found.sentences
    assert not any(table.differing for table in found.tables)


def test_special_collections_are_compared(pair: tuple[Database[Any], Database[Any]]) -> None:
    """Capped and clustered ones, those with a collation, and time series are read like others."""
    for number, database in enumerate(pair):
        database.create_collection("capped", capped=True, size=4096).insert_one({"_id": 1, "side": number})
        clustered = database.create_collection("clustered", clusteredIndex={"key": {"_id": 1}, "unique": True})
        clustered.insert_one({"_id": 1, "side": number})
        french = database.create_collection("french", collation=Collation("fr"))
        french.insert_many([{"_id": word, "side": number} for word in ("côte", "coté", "Côté", "B", "a")])
        series = database.create_collection("series", timeseries={"timeField": "at"})
        series.insert_one({"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "side": number})
    found = compare_mongo(*pair)
    assert found.uncompared == ()
    assert found.sentences == ()
    assert {table.name: table.differing for table in found.tables if table.differing} == {
        "capped": 1,
        "clustered": 1,
        "french": 5,
        "system.buckets.series": 2,
    }


def test_orders_that_differ_are_not_compared(pair: tuple[Database[Any], Database[Any]]) -> None:
    """Two collations order _id in two ways: that is told, and nothing is claimed."""
    pair[0].create_collection("words", collation=Collation("fr"))
    pair[1].create_collection("words", collation=Collation("en"))
    found = compare_mongo(*pair)
    assert found.uncompared == ("words: its two sides have different collations, so their orders differ",)
    assert not found.equal


@pytest.fixture(scope="module")
def large(mongo: MongoClient[Any]) -> tuple[Database[Any], Database[Any]]:
    """Make two databases with a collection of several chunks."""
    for name in ("large_left", "large_right"):
        mongo[name].orders.insert_many({"_id": f"o{number:06d}", "note": "n" * 300} for number in range(25_000))
    return mongo["large_left"], mongo["large_right"]


@settings(deadline=None, max_examples=3, suppress_health_check=list(HealthCheck))
@given(numbers=st.sets(st.integers(0, 24_999), min_size=1, max_size=8), drop=st.booleans())
def test_few_differences_in_a_large_collection_are_found(
    large: tuple[Database[Any], Database[Any]], numbers: set[int], *, drop: bool
) -> None:
    """Wherever they are, exactly these keys are named."""
    keys = [f"o{number:06d}" for number in numbers]
    if drop:
        large[1].orders.delete_many({"_id": {"$in": keys}})
    else:
        large[1].orders.update_many({"_id": {"$in": keys}}, {"$set": {"note": "m"}})
    try:
        [orders] = compare_mongo(*large).tables
    finally:
        for key in keys:
            large[1].orders.replace_one({"_id": key}, {"note": "n" * 300}, upsert=True)
    finding = Finding.ONLY_LEFT if drop else Finding.DIFFERENT
    assert {(each.key, each.finding) for each in orders.first} == {(f'"{key}"', finding) for key in keys}
    assert orders.differing == len(keys)
