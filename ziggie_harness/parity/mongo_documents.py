"""One side of a collection, in the order of its _id index: bytes are read as they are stored, and digested here.

MongoDB can digest a whole collection (dbHash) but no part of one: the hash of its hashed indexes calls 1.2 and 1.9 the
same. Spans are found with the index's own bounds, which order all types of _id; a query would keep to one type.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final

import bson
from bson import MaxKey
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.json_util import RELAXED_JSON_OPTIONS, dumps
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection

from ziggie_harness.parity.descent import Checksum, Span

CHUNK_BYTES: Final = 1 << 20
"""The first pass digests a collection in chunks of about this size."""

CHUNKS_AT_MOST: Final = 1_024

AS_STORED: Final = CodecOptions(document_class=RawBSONDocument, datetime_conversion=DatetimeConversion.DATETIME_AUTO)
"""Values are read so that writing them again gives the same bytes."""

Documents = Collection[RawBSONDocument]

_LAST: Final = bson.encode({"_id": MaxKey()})
"""The key that a span cannot begin with: MongoDB takes it for the end of the index."""

_BY_ID: Final = [("_id", 1)]
_FETCHED_AT_ONCE: Final = 10_000
_SAMPLED_PER_CHUNK: Final = 20
_KEPT_PER_PART: Final = 64


class DocumentRows:
    """The documents of one collection on one server. A key is the BSON of a document that holds _id alone."""

    def __init__(self, documents: Documents) -> None:
        """Read a collection that nobody writes to meanwhile."""
        self._documents = documents

    def chunks(self) -> Sequence[bytes]:
        """Cut by a sample of the keys: chunks need not be equal."""
        [stats] = self._documents.aggregate([{"$collStats": {"storageStats": {}}}])
        chunks = min(int(stats["storageStats"]["size"]) // CHUNK_BYTES + 1, CHUNKS_AT_MOST)
        if chunks == 1:
            return []
        sampled = self._documents.aggregate(
            [
                {"$sample": {"size": chunks * _SAMPLED_PER_CHUNK}},
                {"$project": {"_id": 1}},
                {"$sort": {"_id": 1}},
            ]
        )
        # The same document may be drawn twice.
        keys = list(dict.fromkeys(bytes(document.raw) for document in sampled))
        return [key for key in keys[_SAMPLED_PER_CHUNK::_SAMPLED_PER_CHUNK] if key != _LAST]

    def cuts(self, span: Span[bytes], parts: int) -> Sequence[bytes]:
        """Cut by every so manieth key; of a span of any length only some keys are kept."""
        kept: list[bytes] = []
        stride = 1
        for place, key in enumerate(self._stored(span, {"_id": 1})):
            if place % stride == 0:
                kept.append(key)
            if len(kept) > _KEPT_PER_PART * parts:
                kept, stride = kept[::2], stride * 2
        return [key for key in kept[:: math.ceil(len(kept) / parts) or 1][1:] if key != _LAST]

    def checksums(self, span: Span[bytes], cuts: Sequence[bytes]) -> Sequence[Checksum]:
        """Digest each part, one after the other."""
        return [self._checksum(part) for part in span.parts(cuts)]

    def rows(self, span: Span[bytes]) -> Iterator[tuple[bytes, Hashable]]:
        """Read keys and digests."""
        for stored in self._stored(span, None):
            yield key_of(stored), _digest(stored).digest()

    def fields(self, key: bytes) -> dict[str, bytes]:
        """Return the fields of one document, in order, each as bytes; none when it is gone."""
        found = self._documents.find_one({"_id": bson.decode(key, AS_STORED)["_id"]})
        return {} if found is None else {name: bson.encode({"": value}) for name, value in found.items()}

    def _checksum(self, span: Span[bytes]) -> Checksum:
        """Digest the documents of a span, in order, by the batch."""
        digest, rows = _digest(), 0
        for batch in self._batches(span, None):
            digest.update(batch)
            rows += sum(1 for _ in _lengths(batch))
        return Checksum(rows, digest.digest())

    def _stored(self, span: Span[bytes], projection: Mapping[str, int] | None) -> Iterator[bytes]:
        """Yield the bytes of each document of a span."""
        for batch in self._batches(span, projection):
            place = 0
            for length in _lengths(batch):
                yield batch[place : place + length]
                place += length

    def _batches(self, span: Span[bytes], projection: Mapping[str, int] | None) -> Iterator[bytes]:
        """Read a span by its bounds in the index."""
        cursor = self._documents.find_raw_batches(
            projection=projection, hint=_BY_ID, sort=_BY_ID, batch_size=_FETCHED_AT_ONCE
        )
        if span.from_key is not None:
            cursor.min([("_id", bson.decode(span.from_key, AS_STORED)["_id"])])
        if span.before_key is not None:
            cursor.max([("_id", bson.decode(span.before_key, AS_STORED)["_id"])])
        yield from cursor
        if span.from_key is not None and span.before_key is None:
            # With a lower bound alone, MongoDB ends just before the last key that there can be.
            yield from self._documents.find_raw_batches({"_id": MaxKey()}, projection=projection)


def key_of(stored: bytes) -> bytes:
    """Return the key of a document from its bytes."""
    return bson.encode({"_id": RawBSONDocument(stored, AS_STORED)["_id"]})


def shown(key: bytes) -> str:
    """Show a key in extended JSON, which tells its type."""
    return dumps(bson.decode(key, AS_STORED)["_id"], json_options=RELAXED_JSON_OPTIONS)


def _lengths(batch: bytes) -> Iterator[int]:
    """Yield the length of each document in a batch (BSON specification: a document begins with its length)."""
    place, end = 0, len(batch)
    while place < end:
        length = int.from_bytes(batch[place : place + 4], "little")
        yield length
        place += length


def _digest(stored: bytes = b"") -> hashlib.blake2b:
    """Return a digest that has taken some bytes."""
    return hashlib.blake2b(stored, digest_size=16)
