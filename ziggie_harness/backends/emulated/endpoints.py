"""AWS host names, and where the lab serves them.

Source: AWS General Reference, "Service endpoints and quotas": regional ones are `<service>.<region>.amazonaws.com`;
the endpoints of global services are served from us-east-1, where the control planes of Route 53 and IAM are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ziggie_harness.lab.sites import ENDPOINT_HOST, SITES, site_named

SUFFIX: Final = ".amazonaws.com"

HTTPS_PORT: Final = 443

CONTROL_PLANE_REGION: Final = "us-east-1"

GLOBAL_SERVICES: Final = ("route53", "iam", "sts", "s3")
"""Services with a name without a region, `<service>.amazonaws.com`. Source: botocore's endpoints.json, "aws-global"."""

SERVICES_BY_LABEL: Final = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "email": "ses",
    "s3-control": "s3control",
    "servicequotas": "service-quotas",
}
"""Host labels that differ from botocore's name of the service. Source: `endpointPrefix` in its service models."""

REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

REGIONS: Final = tuple(site.name for site in SITES if REGION.fullmatch(site.name))
"""The lab's sites that are AWS regions."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an AWS host name stands for."""

    service: str
    region: str


def endpoint_of(host: str) -> Endpoint | None:
    """Return what a host name of AWS's API stands for, or None when it is no API of a region of the lab."""
    name = host.lower().removesuffix(".")
    if not name.endswith(SUFFIX):
        return None
    labels = name.removesuffix(SUFFIX).split(".")
    if labels[-1] in GLOBAL_SERVICES:
        return Endpoint(labels[-1], CONTROL_PLANE_REGION)
    service = ".".join(labels[-2:-1])
    if not service or labels[-1] not in REGIONS:
        return None
    return Endpoint(SERVICES_BY_LABEL.get(service, service), labels[-1])


def address_of(host: str) -> str | None:
    """Return the lab's address of an AWS API host name, or None when it is none."""
    endpoint = endpoint_of(host)
    return site_named(endpoint.region).host(ENDPOINT_HOST) if endpoint else None


def certificate_names(region: str) -> tuple[str, ...]:
    """Return the names that the certificate of a region's gateway has to have; a wildcard covers one label only."""
    names = (f"*.{region}{SUFFIX}", f"*.s3.{region}{SUFFIX}", f"*.s3-control.{region}{SUFFIX}")
    if region != CONTROL_PLANE_REGION:
        return names
    return (*names, f"*.s3{SUFFIX}", *(f"{service}{SUFFIX}" for service in GLOBAL_SERVICES))
