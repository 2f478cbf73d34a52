"""AWS host names (AWS General Reference, "Service endpoints and quotas") and where the lab serves them."""

from __future__ import annotations

import pytest

from ziggie_harness.backends.emulated.endpoints import REGIONS, Endpoint, address_of, certificate_names, endpoint_of


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("secretsmanager.eu-west-1.amazonaws.com", "secretsmanager", "eu-west-1"),
        ("RDS.eu-north-1.amazonaws.com.", "rds", "eu-north-1"),
        ("monitoring.us-east-1.amazonaws.com", "cloudwatch", "us-east-1"),
        ("backups.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
        ("route53.amazonaws.com", "route53", "us-east-1"),
        ("backups.s3.amazonaws.com", "s3", "us-east-1"),
    ],
)
def test_names_of_apis(host: str, service: str, region: str) -> None:
    """A name tells service and region; global services are served from us-east-1."""
    assert endpoint_of(host) == Endpoint(service, region)
    assert address_of(host) is not None


@pytest.mark.parametrize(
    "host",
    [
        "ziggie.abc.eu-north-1.rds.amazonaws.com",
        "eu-north-1.amazonaws.com",
        "sts.ap-southeast-2.amazonaws.com",
        "amazonaws.com",
        "example.org",
    ],
)
def test_names_of_other_things(host: str) -> None:
    """Databases, regions outside the lab and other people's names are no API of the lab."""
    assert endpoint_of(host) is None
    assert address_of(host) is None


def test_certificates_name_the_global_services_in_us_east_1_only() -> None:
    """A certificate of another region must not speak for Route 53."""
    holders = [region for region in REGIONS if "route53.amazonaws.com" in certificate_names(region)]
    assert holders == ["us-east-1"]
