"""Listings of versions: what is read out of an answer of S3 is what boto3 reads out of it by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.version_listings import listed, read_quickly
from ziggie_harness.parity.objects import Listed

NOBODY: dict[str, Any] = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
OWNER = "<Owner><ID>75aa57f0</ID><DisplayName>ziggie</DisplayName></Owner>"


def version(key: str, identity: str, *, latest: str = "true", more: str = "") -> str:
    """Write a version in the order of the S3 API reference, ListObjectVersions."""
    return (
        f"<Version><Key>{key}</Key><VersionId>{identity}</VersionId><IsLatest>{latest}</IsLatest>"
        f"<LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag>"
        f"{more}<Size>434234</Size><StorageClass>STANDARD</StorageClass>{OWNER}</Version>\n"
    )


def marker(key: str, identity: str) -> str:
    """Write a delete marker."""
    return (
        f"<DeleteMarker><Key>{key}</Key><VersionId>{identity}</VersionId><IsLatest>true</IsLatest>"
        f"<LastModified>2009-11-12T17:50:30.000Z</LastModified>{OWNER}</DeleteMarker>"
    )


def answer(*entries: str, head: str = "<IsTruncated>false</IsTruncated>") -> str:
    """Write an answer of S3."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>assets</Name><Prefix/><MaxKeys>1000</MaxKeys>{head}{''.join(entries)}</ListVersionsResult>"
    )


URL = "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
MORE = "<IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker><NextVersionIdMarker>2</NextVersionIdMarker>"
ETAG_FIRST = (
    "<Version><ETag>&quot;1&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass><Key>a</Key>"
    "<VersionId>null</VersionId><IsLatest>true</IsLatest><LastModified>2009-10-12T17:50:30.000Z</LastModified></Version>"
)
CHECKSUM = "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>"

ANSWERS = {
    "empty": answer(),
    "versions and markers": answer(version("a", "1"), marker("b", "3"), version("b", "2", latest="false")),
    "encoded keys": answer(version("a%2Fb%20c", "1"), version("%3C%26%3E", "2"), head=URL),
    "told between the entries that keys are encoded": answer(marker("a%20b", "1"), URL, version("c%20d", "2")),
    "entities": answer(version("a&amp;quot;&lt;b&gt;&apos;&quot;", "1")),
    "a character by its number": answer(version("a&#13;b", "1"), version("c", "2")),
    "another order, and more": answer(ETAG_FIRST, version("b", "1", more=CHECKSUM), version("c", "2")),
    "more pages": answer(version("b", "2"), head=MORE),
}


class Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield it."""
        yield self.read()


def client(*bodies: str) -> Any:  # noqa: ANN401 - boto3's clients have no type
    """Return a client of S3 that is answered with these bodies."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    s3 = boto3.client("s3", region_name="eu-north-1", config=config, **NOBODY)
    left = iter(bodies)

    def before_send(request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's requests have no type
        """Take the place of the network."""
        headers: Any = HeadersDict()
        raw: Any = Raw(next(left).encode())
        return AWSResponse(request.url, 200, headers, raw)

    s3.meta.events.register("before-send", before_send)
    return s3


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_it_reads_what_boto3_reads(body: str) -> None:
    """All members that are compared are the same, and so is the rest of the answer."""
    slow, quick = (made.list_object_versions(Bucket="assets") for made in (client(body), read_quickly(client(body))))
    members = ("Key", "VersionId", "ETag", "Size", "IsLatest", "LastModified")
    for name in ("Versions", "DeleteMarkers"):
        found, expected = (
            [{member: each[member] for member in members if member in each} for each in told.pop(name, ())]
            for told in (quick, slow)
        )
        assert found == expected
    assert quick == slow


def test_an_error_within_an_answer_stays_one() -> None:
    """S3 may begin with 200 and end with an error; botocore takes that for a 500, also of a listing."""
    error = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>'
    with pytest.raises(ClientError, match="InternalError"):
        read_quickly(client(error)).list_object_versions(Bucket="assets")


def test_a_bucket_is_listed_page_by_page_in_the_order_of_its_keys() -> None:
    """Delete markers come where their keys are; a marker has neither digest nor size."""
    pages = (answer(version("a", "1"), version("b", "2"), head=MORE), answer(version("d", "4"), marker("c", "3")))
    asked: list[dict[str, str]] = []
    s3 = read_quickly(client(*pages))

    def ask(**parameters: str) -> Any:  # noqa: ANN401 - what boto3 answers
        """Note what is asked for."""
        asked.append(parameters)
        return s3.list_object_versions(**parameters)

    found = list(listed("assets", ask))
    assert asked == [{"Bucket": "assets"}, {"Bucket": "assets", "KeyMarker": "b", "VersionIdMarker": "2"}]
    assert [(each.key, each.version) for each in found] == [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]
    assert found[2] == Listed("c", "3", "", 0, delete_marker=True, latest=True)
    assert found[3].digest == "fba9dede5f27731c9771645a39863328"
