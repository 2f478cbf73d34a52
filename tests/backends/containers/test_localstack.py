"""LocalStack is used for what it turns out to offer, and says so where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.containers.localstack import LocalStack
from ziggie_harness.backends.containers.localstack_objects import bucket_of
from ziggie_harness.backends.emulated.calls import HttpRequest
from ziggie_harness.model.errors import NotOffered

if TYPE_CHECKING:
    from ziggie_harness.backends.containers.engine import Engine


def test_what_it_does_not_offer_is_told(engine: Engine) -> None:
    """Without a licence it has no RDS: found out by a call, and whoever needs it is told what to do."""
    with (
        pytest.raises(NotOffered, match="this LocalStack does not offer rds"),
        LocalStack(engine, questions={"s3": "list_buckets", "rds": "describe_db_instances"}),
    ):
        pytest.fail("it offers RDS: then our own may be asked less")


@pytest.mark.parametrize(
    ("host", "target", "bucket"),
    [
        ("ziggie-assets-prod.s3.eu-north-1.amazonaws.com", "/key", "ziggie-assets-prod"),
        ("with.dots.s3.eu-north-1.amazonaws.com", "/s3/key?versionId=1", "with.dots"),
        ("s3.eu-west-1.amazonaws.com", "/ziggie-assets-dr/a/b?tagging", "ziggie-assets-dr"),
        ("s3.eu-west-1.amazonaws.com", "/?x-id=ListBuckets", ""),
    ],
)
def test_a_request_names_its_bucket(host: str, target: str, bucket: str) -> None:
    """In its host, or at the start of its path (S3 user guide, "Virtual hosting of buckets")."""
    assert bucket_of(HttpRequest("GET", target, host)) == bucket
