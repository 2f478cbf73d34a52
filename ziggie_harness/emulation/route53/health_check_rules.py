"""What Route 53 enforces on the configuration of a health check, one function a rule, each with the source of the fact.

Route 53 documents these constraints and not the words of their messages: the wording is ours.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Final

from ziggie_harness.emulation.route53.records import CHECKER_REGIONS, HealthCheck

INTERVALS_SECONDS: Final = (10, 30)
"""Source: Developer Guide, "How Amazon Route 53 determines whether a health check is healthy": "every 10 seconds or
every 30 seconds"; the botocore service model says only that RequestInterval lies in 10..30."""

THRESHOLD_MOST: Final = 10
"""Source: botocore service model, shape FailureThreshold."""

TEXT_LONGEST: Final = 255
"""Source: botocore service model, shapes SearchString, ResourcePath and FullyQualifiedDomainName."""

REGIONS_LEAST: Final = 3
"""Source: botocore service model, shape HealthCheckRegionList, min 3."""

PORT_MOST: Final = 65535
"""Source: botocore service model, shape Port."""

ENDPOINT_TYPES: Final = frozenset({"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"})
"""The types that check an endpoint. Source: botocore service model, HealthCheckConfig.Type."""

UNREACHABLE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
        *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "100.64.0.0/10",
        *("::/128", "::1/128", "::ffff:0:0/96", "fe80::/10", "fc00::/7", "2001:db8::/32", "2001:10::/28", "ff00::/8"),
    )
)
"""Addresses that Route 53 cannot check. Source: botocore service model, HealthCheckConfig.IPAddress: "local, private,
non-routable, or multicast ranges" by RFC 5735 (first two lines), RFC 6598 (third) and RFC 5156 (fourth). The special
ranges of these documents that are routed (6to4, Teredo) are left out: no source says how Route 53 treats them."""

Rule = Callable[[HealthCheck], Iterator[str]]


def address_can_be_checked(check: HealthCheck) -> Iterator[str]:
    """Refuse addresses that no health checker can reach.

    Source: botocore service model, HealthCheckConfig.IPAddress.
    """
    if check.address is None:
        return
    try:
        address = ipaddress.ip_address(check.address)
    except ValueError:
        yield f"Invalid IPAddress: {check.address} is neither an IPv4 nor an IPv6 address"
        return
    for network in UNREACHABLE:
        if address.version == network.version and address in network:
            yield f"Invalid IPAddress: {address} lies in {network}, a local, private, non-routable or multicast range"


def endpoint_is_named(check: HealthCheck) -> Iterator[str]:
    """Require an address or a domain name.

    Source: botocore service model, HealthCheckConfig.FullyQualifiedDomainName ("If you don't specify a value for
    IPAddress: Amazon Route 53 sends a DNS request to the domain that you specify").
    """
    if check.type in ENDPOINT_TYPES and check.address is None and not check.fully_qualified_domain_name:
        yield "Invalid request: Expected at least one of [IPAddress, FullyQualifiedDomainName]"


def interval_is_offered(check: HealthCheck) -> Iterator[str]:
    """Refuse intervals other than 10 s and 30 s. Source: Developer Guide, "How Amazon Route 53 determines ..."."""
    if check.interval_seconds not in INTERVALS_SECONDS:
        yield f"Invalid RequestInterval: {check.interval_seconds} is neither 10 nor 30"


def threshold_in_range(check: HealthCheck) -> Iterator[str]:
    """Refuse thresholds outside 1..10. Source: botocore service model, shape FailureThreshold."""
    if not 1 <= check.failure_threshold <= THRESHOLD_MOST:
        yield f"Invalid FailureThreshold: {check.failure_threshold} is not in 1..10"


def search_string_given(check: HealthCheck) -> Iterator[str]:
    """Require a search string where one is searched for.

    Source: botocore service model, HealthCheckConfig.SearchString.
    """
    if check.type.endswith("_STR_MATCH") and not check.search_string:
        yield f"Invalid request: Missing field 'SearchString' in a health check of type {check.type}"


def texts_are_short(check: HealthCheck) -> Iterator[str]:
    """Refuse long texts.

    Source: botocore service model, SearchString, ResourcePath, FullyQualifiedDomainName: max 255.
    """
    texts = {
        "SearchString": check.search_string,
        "ResourcePath": check.path,
        "FullyQualifiedDomainName": check.fully_qualified_domain_name,
    }
    for name, text in texts.items():
        if text is not None and len(text) > TEXT_LONGEST:
            yield f"Invalid {name}: {len(text)} characters are more than 255"


def port_in_range(check: HealthCheck) -> Iterator[str]:
    """Refuse ports outside 1..65535. Source: botocore service model, shape Port."""
    if check.port is not None and not 1 <= check.port <= PORT_MOST:
        yield f"Invalid Port: {check.port} is not in 1..65535"


def tcp_has_port(check: HealthCheck) -> Iterator[str]:
    """Require a port of a TCP check, which has no usual one.

    Source: general knowledge, not confirmed in documentation.
    """
    if check.type == "TCP" and check.port is None:
        yield "Invalid request: Missing field 'Port' in a health check of type TCP"


def enough_regions(check: HealthCheck) -> Iterator[str]:
    """Refuse fewer than three regions of checkers.

    Source: botocore service model, shape HealthCheckRegionList, min 3.
    """
    if check.regions and len(set(check.regions)) < REGIONS_LEAST:
        yield f"Invalid Regions: {len(set(check.regions))} are fewer than 3"


def regions_are_known(check: HealthCheck) -> Iterator[str]:
    """Refuse regions without health checkers. Source: botocore service model, shape HealthCheckRegion."""
    for region in check.regions:
        if region not in CHECKER_REGIONS:
            yield f"Invalid Regions: {region} is none of {', '.join(CHECKER_REGIONS)}"


HEALTH_CHECK_RULES: Final[tuple[Rule, ...]] = (
    address_can_be_checked,
    endpoint_is_named,
    interval_is_offered,
    threshold_in_range,
    search_string_given,
    texts_are_short,
    port_in_range,
    tcp_has_port,
    enough_regions,
    regions_are_known,
)
"""Who breaks one of these gets InvalidInput."""
