"""Every rule of Route 53, each with a literal example that this rule alone rejects: without it, nothing would."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from ziggie_harness.emulation.route53 import change_rules, health_check_rules, request_rules
from ziggie_harness.emulation.route53.change_batch import Batch
from ziggie_harness.emulation.route53.records import Change, HealthCheck, RecordSet, Zone
from ziggie_harness.emulation.route53.rules import (
    RULES,
    change_batch_error_code,
    change_batch_errors,
    change_batch_gaps,
    health_check_errors,
    health_check_gaps,
    health_check_reference_error,
    repeated_health_check,
    zone_reference_error,
)

CHECKS = frozenset({"check-1", "check-2"})

PRIMARY = RecordSet(
    "api.ziggie.ai.", "A", 60, ("13.48.10.10",), set_identifier="one", failover="PRIMARY", health_check_id="check-1"
)
SECONDARY = RecordSet("api.ziggie.ai.", "A", 60, ("34.240.20.10",), set_identifier="two", failover="SECONDARY")
SIMPLE = RecordSet("www.ziggie.ai.", "A", 60, ("13.48.10.10",))
ALIAS = RecordSet("old.ziggie.ai.", "CNAME", 60, ("www.ziggie.ai.",))
LATENCY = RecordSet("near.ziggie.ai.", "A", 60, ("13.48.10.10",), set_identifier="north", region="eu-north-1")
NAME_SERVERS = RecordSet("ziggie.ai.", "NS", 172_800, ("ns-2048.awsdns-64.com.",))
ZONE = Zone("Z1", "ziggie.ai.", (PRIMARY, SECONDARY, SIMPLE, ALIAS, LATENCY, NAME_SERVERS))
NEW = RecordSet("new.ziggie.ai.", "A", 60, ("13.48.10.10",))


def create(record: RecordSet) -> Change:
    """Ask to create a record set."""
    return Change("CREATE", record)


def delete(record: RecordSet) -> Change:
    """Ask to delete a record set."""
    return Change("DELETE", record)


SET = "Change with [Action=CREATE, Name=new.ziggie.ai., Type=A, SetIdentifier="

REJECTED: dict[str, tuple[list[Change], str]] = {
    "batch_not_empty": ([], "at least one Change"),
    "set_identifier_with_policy": ([create(replace(NEW, weight=1))], f"Missing field 'SetIdentifier' in {SET}null]"),
    "one_policy_with_set_identifier": (
        [create(replace(NEW, set_identifier="x"))],
        (
            "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, "
            f"or CidrRoutingConfig], but found none in {SET}x]"
        ),
    ),
    "values_or_alias": (
        [create(replace(NEW, values=()))],
        (
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], "
            f"but found none in {SET}null]"
        ),
    ),
    "ttl_in_range": ([create(replace(NEW, ttl_seconds=2**31))], "TTL 2147483648 is not in 0..2147483647"),
    "weight_in_range": ([create(replace(NEW, weight=256, set_identifier="x"))], "Weight 256 is not in 0..255"),
    "set_identifier_length": ([create(replace(NEW, weight=1, set_identifier="x" * 129))], "1 to 128 characters"),
    "created_is_new": (
        [create(PRIMARY)],
        (
            "Tried to create resource record set [name='api.ziggie.ai.', type='A', set-identifier='one'] but it "
            "already exists"
        ),
    ),
    "deleted_exists": (
        [delete(NEW)],
        "Tried to delete resource record set [name='new.ziggie.ai.', type='A'] but it was not found",
    ),
    "deleted_is_the_same": (
        [delete(replace(SIMPLE, ttl_seconds=300))],
        (
            "Tried to delete resource record set [name='www.ziggie.ai.', type='A'] but the values provided do not "
            "match the current values"
        ),
    ),
    "name_in_zone": (
        [create(replace(NEW, name="api.notziggie.ai."))],
        "RRSet with DNS name api.notziggie.ai. is not permitted in zone ziggie.ai.",
    ),
    "simple_stands_alone": (
        [Change("UPSERT", replace(NEW, name="api.ziggie.ai."))],
        (
            "RRSet with DNS name api.ziggie.ai., type A cannot be created as other RRSets exist with the same "
            "name and type."
        ),
    ),
    "policies_do_not_mix": (
        [create(replace(NEW, name="api.ziggie.ai.", weight=1, set_identifier="heavy"))],
        (
            "RRSet with DNS name api.ziggie.ai., type A, SetIdentifier heavy cannot be created as a non-weighted set "
            "exists with the same name and type."
        ),
    ),
    "primary_has_health_check": (
        [Change("UPSERT", replace(PRIMARY, health_check_id=None))],
        "A non-alias primary ResourceRecordSet must have an associated health check. No changes made.",
    ),
    "one_primary_one_secondary": (
        [create(replace(PRIMARY, set_identifier="three"))],
        "SetIdentifier three cannot be created as a failover PRIMARY set exists with the same name and type.",
    ),
    "health_check_exists": (
        [create(replace(NEW, health_check_id="nobody"))],
        "No health check exists with the ID nobody",
    ),
    "addresses_are_addresses": (
        [create(replace(NEW, values=("primary.ziggie.ai",)))],
        (
            "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) "
            "encountered with 'primary.ziggie.ai''"
        ),
    ),
    "no_cname_at_apex": (
        [create(replace(ALIAS, name="ziggie.ai."))],
        "RRSet of type CNAME with DNS name ziggie.ai. is not permitted at apex in zone ziggie.ai.",
    ),
    "cname_stands_alone": (
        [create(replace(ALIAS, name="www.ziggie.ai."))],
        (
            "RRSet of type CNAME with DNS name www.ziggie.ai. is not permitted as it conflicts with other records with "
            "the same DNS name in zone ziggie.ai."
        ),
    ),
    "one_value_by_policy": (
        [create(replace(NEW, weight=1, set_identifier="x", values=("13.48.10.10", "34.240.20.10")))],
        "holds only one ResourceRecord",
    ),
    "one_latency_set_per_region": (
        [create(replace(LATENCY, set_identifier="again"))],
        "a set for region eu-north-1 exists with the same name and type.",
    ),
    "apex_keeps_its_servers": (
        [delete(NAME_SERVERS)],
        "A HostedZone must contain at least one NS record for the zone itself.",
    ),
}
"""For each rule about changes an example that breaks it and no other, and what Route 53 says to it."""

CHECK = HealthCheck("", "HTTPS", address="13.48.10.10", port=443, path="/health")

REJECTED_CHECKS: dict[str, tuple[HealthCheck, str]] = {
    "address_can_be_checked": (replace(CHECK, address="10.0.0.1"), "10.0.0.1 lies in 10.0.0.0/8"),
    "endpoint_is_named": (replace(CHECK, address=None), "[IPAddress, FullyQualifiedDomainName]"),
    "interval_is_offered": (replace(CHECK, interval_seconds=20), "20 is neither 10 nor 30"),
    "threshold_in_range": (replace(CHECK, failure_threshold=11), "11 is not in 1..10"),
    "search_string_given": (replace(CHECK, type="HTTPS_STR_MATCH"), "Missing field 'SearchString'"),
    "texts_are_short": (
        replace(CHECK, type="HTTP_STR_MATCH", search_string="x" * 256),
        "256 characters are more than 255",
    ),
    "port_in_range": (replace(CHECK, port=65536), "65536 is not in 1..65535"),
    "tcp_has_port": (replace(CHECK, type="TCP", port=None), "Missing field 'Port'"),
    "enough_regions": (replace(CHECK, regions=("us-east-1", "eu-west-1")), "2 are fewer than 3"),
    "regions_are_known": (
        replace(CHECK, regions=("us-east-1", "eu-west-1", "eu-north-1")),
        "eu-north-1 is none of",
    ),
}
"""For each rule about health checks an example that breaks it and no other, and what is said to it."""


@pytest.mark.parametrize("name", REJECTED)
def test_a_rule_about_changes_alone_rejects_its_example(name: str) -> None:
    """Exactly one rule objects to each example, so a run without this rule accepts what Route 53 rejects."""
    changes, message = REJECTED[name]
    batch = Batch.of(ZONE, changes, CHECKS)
    objecting = [
        rule.__name__ for rule in (*request_rules.REQUEST_RULES, *change_rules.BATCH_RULES) if list(rule(batch))
    ]
    assert objecting == [name]
    (error,) = change_batch_errors(ZONE, changes, CHECKS)
    assert message in error


@pytest.mark.parametrize("name", REJECTED_CHECKS)
def test_a_rule_about_health_checks_alone_rejects_its_example(name: str) -> None:
    """Exactly one rule objects to each example, so a run without this rule accepts what Route 53 rejects."""
    check, message = REJECTED_CHECKS[name]
    assert [rule.__name__ for rule in health_check_rules.HEALTH_CHECK_RULES if list(rule(check))] == [name]
    (error,) = health_check_errors(check)
    assert message in error


def test_every_rule_has_an_example_and_a_source() -> None:
    """No rule stands without a test, and none without saying on whose word."""
    names = {rule.__name__ for rule in RULES}
    assert names == {*REJECTED, *REJECTED_CHECKS, "zone_reference_error", "health_check_reference_error"}
    for rule in RULES:
        assert "Source: " in (inspect.getdoc(rule) or ""), rule.__name__


ACCEPTED = {
    "new simple": [create(NEW)],
    "same again by UPSERT": [Change("UPSERT", PRIMARY)],
    "same again with its values in another order": [
        create(replace(NEW, values=("13.48.10.10", "34.240.20.10"))),
        delete(replace(NEW, values=("34.240.20.10", "13.48.10.10"))),
    ],
    "simple in place of failover, in one batch": [
        delete(PRIMARY),
        delete(SECONDARY),
        create(replace(NEW, name="api.ziggie.ai.")),
    ],
    "primary and secondary swapped, in one batch": [
        Change("UPSERT", replace(PRIMARY, failover="SECONDARY")),
        Change("UPSERT", replace(SECONDARY, failover="PRIMARY", health_check_id="check-2")),
    ],
    "apex": [create(replace(NEW, name="ziggie.ai."))],
    "apex name servers by UPSERT": [Change("UPSERT", replace(NAME_SERVERS, ttl_seconds=300))],
    "a second latency region": [create(replace(LATENCY, region="eu-west-1", set_identifier="west"))],
    "weight 0": [create(replace(NEW, weight=0, set_identifier="off"))],
    "wildcard": [create(replace(NEW, name="*.ziggie.ai."))],
    "IPv6": [create(replace(NEW, type="AAAA", values=("2a05:d016::10",)))],
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_route_53_accepts_is_accepted(name: str) -> None:
    """A batch counts as a whole (botocore service model, ChangeResourceRecordSets)."""
    assert change_batch_errors(ZONE, ACCEPTED[name], CHECKS) == ()


def test_the_form_of_a_request_is_judged_before_its_sense() -> None:
    """InvalidInput comes alone and InvalidChangeBatch lists everything; observed in public reports of both codes."""
    malformed = create(replace(NEW, values=()))
    outside = create(replace(NEW, name="elsewhere.org."))
    errors = change_batch_errors(ZONE, [malformed, outside], CHECKS)
    assert [change_batch_error_code(errors), len(errors)] == ["InvalidInput", 1]
    errors = change_batch_errors(ZONE, [outside, delete(NEW)], CHECKS)
    assert [change_batch_error_code(errors), len(errors)] == ["InvalidChangeBatch", 2]


def test_deleting_twice_in_one_batch_is_an_error() -> None:
    """Source: botocore service model, ChangeResourceRecordSets, "the same ... more than once"."""
    (error,) = change_batch_errors(ZONE, [delete(SIMPLE), delete(SIMPLE)], CHECKS)
    assert "but it was not found" in error


def test_an_address_may_not_stand_beside_an_alias_name() -> None:
    """The other way round has words of its own (observed in hashicorp/terraform issue 9732)."""
    (error,) = change_batch_errors(ZONE, [create(replace(NEW, name="old.ziggie.ai."))], CHECKS)
    assert "because a conflicting RRSet of type  CNAME with the same DNS name already exists" in error


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "192.168.1.1",
        "172.31.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.44",
        "224.0.0.1",
        "::1",
        "fd00::1",
    ],
)
def test_addresses_that_no_checker_reaches_are_rejected(address: str) -> None:
    """Source: botocore service model, HealthCheckConfig.IPAddress, with RFC 5735, RFC 6598 and RFC 5156."""
    assert health_check_errors(replace(CHECK, address=address))


@pytest.mark.parametrize("address", ["13.48.10.10", "34.240.20.10", "81.2.69.1", "2a05:d016::10"])
def test_public_addresses_are_accepted(address: str) -> None:
    """The lab's addresses look public because only such can be checked."""
    assert health_check_errors(replace(CHECK, address=address)) == ()


def test_what_is_not_emulated_is_said() -> None:
    """Neither an alias nor a calculated check is silently taken for something else."""
    alias = replace(NEW, values=(), alias_target="www.ziggie.ai.")
    assert change_batch_errors(ZONE, [create(alias)], CHECKS) == ()
    assert "alias record sets are not emulated" in change_batch_gaps([create(alias)])[0]
    assert change_batch_gaps([create(NEW)]) == ()
    assert "CALCULATED are not emulated" in health_check_gaps(HealthCheck("c", "CALCULATED"))[0]
    assert health_check_gaps(CHECK) == ()


def test_caller_reference_of_a_zone_is_used_once() -> None:
    """Source: botocore service model, CreateHostedZoneRequest.CallerReference."""
    assert zone_reference_error("first", {"first"}) is not None
    assert zone_reference_error("second", {"first"}) is None


def test_caller_reference_of_a_health_check_repeats_the_same_request() -> None:
    """Source: botocore service model, CreateHealthCheckRequest.CallerReference, all four of its cases."""
    existing = {"ref": replace(CHECK, id="check-1")}
    assert repeated_health_check("ref", CHECK, existing) == existing["ref"]
    assert health_check_reference_error("ref", CHECK, existing, set()) is None
    other = replace(CHECK, path="/other")
    assert repeated_health_check("ref", other, existing) is None
    assert health_check_reference_error("ref", other, existing, set()) is not None
    assert health_check_reference_error("gone", CHECK, existing, {"gone"}) is not None
    assert health_check_reference_error("new", CHECK, existing, {"gone"}) is None
