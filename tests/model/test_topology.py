"""A design is valid as a whole, or every reason why it is not is named."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.declarations import known_keys
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.model.topology_document import document_of, override, topology_of
from ziggie_harness.model.topology_rules import advice
from ziggie_harness.model.units import print_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK: Mapping[str, Any] = {"target": "primary", "type": "HTTPS", "port": 443, "path": "/health", "interval": "10 s"}
DOCUMENT: Mapping[str, Any] = {
    "name": "ziggie",
    "strategy": "active-passive",
    "zone": "ziggie.ai",
    "regions": {"primary": "eu-north-1", "secondary": "eu-west-1", "witness": "eu-central-1"},
    "health_checks": {"one": CHECK, "two": {**CHECK, "target": "secondary"}},
    "records": {
        "api": {
            "type": "A",
            "routing": "failover",
            "ttl": "60 s",
            "primary": {"set_identifier": "a", "failover": "PRIMARY", "health_check": "one"},
            "secondary": {"set_identifier": "b", "failover": "SECONDARY", "health_check": "two"},
        }
    },
    "databases": {
        "orders": {
            "engine": "postgres",
            "primary_role": "primary",
            "primary_instance": "ziggie-primary",
            "replica_role": "secondary",
            "replica_instance": "ziggie-replica",
            "replication": "asynchronous",
            "backup_retention_days": 7,
            "assumed_promotion": {"modifying": "60 s", "rebooting": "60 s"},
            "assumed_rebuild": {"deleting": "60 s", "creating": "3 min"},
        }
    },
    "fencing": {"kind": "lease", "lease": "30 s", "renew": "5 s"},
    "health_depth": "deep",
    "objectives": {"active-passive": {"rto": "15 min", "rpo": "5 s", "stability_window": "30 s"}},
}


@pytest.fixture
def topology() -> Topology:
    """Return a valid design."""
    return topology_of(DOCUMENT)


def test_a_design_answers_questions(topology: Topology) -> None:
    """Durations are seconds, roles have regions, records have public names, a strategy has its objectives."""
    assert topology.objective.rto_seconds == 900
    assert topology.records["api"].ttl_seconds == 60
    assert topology.region(Role.CONTROL_PLANE) == "us-east-1"
    assert topology.host_name("api") == "api.ziggie.ai"
    assert topology.health_checks["one"].detection_seconds == 30
    assert isinstance(topology.database, RdsPostgres)
    assert topology.database.assumed_promotion.total_seconds == 120
    assert [role for role, _ in topology.records["api"].entries()] == [Role.PRIMARY, Role.SECONDARY]


def test_a_design_is_frozen(topology: Topology) -> None:
    """No part of a design changes once it is valid."""
    with pytest.raises(AttributeError):
        topology.name = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        topology.records["api"].ttl_seconds = 1.0  # type: ignore[misc]


def test_a_design_travels(topology: Topology) -> None:
    """Copies, pickles and documents give the same design back."""
    assert pickle.loads(pickle.dumps(topology)) == topology  # noqa: S301 - pickled on the line itself
    assert copy.deepcopy(topology) == topology
    assert topology_of(document_of(topology)) == topology


# Each row: key path, value, the path that is named, words of the expectation or of the hint.
INVALID: list[tuple[str, object, str, str]] = [
    ("name", "Ziggie!", "name", "small letters"),
    ("strategy", "active-activ", "strategy", "'active-passive'"),
    ("zone", "ziggie", "zone", "a host name such as api.ziggie.ai"),
    ("regions", None, "regions", "a mapping with primary, secondary, witness, control_plane"),
    ("regions.primary", "Stockholm", "regions.primary", "an AWS region such as eu-west-1"),
    (
        "capacity",
        {"server_requests_per_second": 5, "primary_servers": 1, "secondary_servers": 4, "peak_requests_per_second": 10},
        "capacity.primary_servers",
        "10 requests a second or more, the declared peak",
    ),
    (
        "capacity",
        {
            "secondary_vcpu_quota": 7,
            "server_requests_per_second": 5,
            "primary_servers": 2,
            "secondary_servers": 4,
            "peak_requests_per_second": 10,
        },
        "capacity.secondary_vcpu_quota",
        "8 or more, which the servers of the secondary region have",
    ),
    ("certificate_names", {"witness": "a.ziggie.ai"}, "certificate_names.witness", "primary"),
    ("operator", {"actions": ["promote"], "role": "x"}, "operator.actions.0", "an IAM action such as rds:Promote"),
    ("operator", {"actions": [], "role": "x"}, "operator.actions", "at least 1"),
    ("operator", {"tells": "pager", "role": "x", "actions": ["a:B"]}, "operator.tells", "a declared topic (none)"),
    ("regions.primery", "eu-north-1", "regions.primery", "did you mean 'primary'?"),
    ("regions.secondary", "eu-north-1", "regions.secondary", "another region than the one of primary"),
    ("regions.control_plane", "eu-north-1", "regions.control_plane", "'us-east-1'"),
    ("health_checks.one.target", "witness", "health_checks.one.target", "'primary' or 'secondary'"),
    ("health_checks.one.port", 0, "health_checks.one.port", "greater than or equal to 1"),
    ("health_checks.one.port", 65536, "health_checks.one.port", "less than or equal to 65535"),
    ("health_checks.one.port", "443", "health_checks.one.port", "a valid integer"),
    ("health_checks.one.interval", "20 s", "health_checks.one.interval", "10 s or 30 s, the only ones AWS has"),
    ("health_checks.one.interval", 10, "health_checks.one.interval", "a duration with its unit"),
    ("health_checks.one.failure_threshold", 0, "health_checks.one.failure_threshold", "greater than or equal to 1"),
    ("health_checks.one.failure_threshold", 11, "health_checks.one.failure_threshold", "less than or equal to 10"),
    ("health_checks.one.path", None, "health_checks.one.path", "the path that the HTTPS request asks for"),
    ("health_checks.one.path", "health", "health_checks.one.path", "a path that begins with /"),
    ("health_checks.one.search_string", "", "health_checks.one.search_string", "at least 1 character"),
    ("health_checks.one.search_string", "x" * 256, "health_checks.one.search_string", "at most 255 characters"),
    ("health_checks.one.type", "TCP", "health_checks.one.path", "a TCP check only connects"),
    ("health_checks.one.inverted", "yes", "health_checks.one.inverted", "a valid boolean"),
    ("records", {}, "records", "at least 1 item"),
    ("records.api.type", "AAAA", "records.api.type", "'A'"),
    ("records.api.ttl", "1.5 s", "records.api.ttl", "whole seconds"),
    ("records.api.ttl", 60, "records.api.ttl", 'such as "60 s"'),
    ("records.api.ttl", "24856 d", "records.api.ttl", "less than or equal to 2147483647"),
    ("records.api.routing", "simple", "records.api", "a name has a single simple record set"),
    ("records.api.routing", "weighted", "records.api.primary.weight", "weighted routing decides by it"),
    ("records.api.routing", "latency", "records.api.primary.failover", "latency routing has no failover"),
    ("records.api.primary.set_identifier", None, "records.api.primary.set_identifier", "as every routing policy needs"),
    (
        "records.api.primary.set_identifier",
        "b",
        "records.api.secondary.set_identifier",
        "another value than the entry of primary",
    ),
    (
        "records.api.primary.failover",
        "SECONDARY",
        "records.api.secondary.failover",
        "another value than the entry of primary",
    ),
    (
        "records.api.primary.health_check",
        "three",
        "records.api.primary.health_check",
        "a declared health check (one, two)",
    ),
    (
        "records.api.primary.health_check",
        None,
        "records.api.primary.health_check",
        # Source: the message of Route 53, ChangeResourceRecordSets.
        '"A non-alias primary ResourceRecordSet must have an associated health check."',
    ),
    ("records.api.primary.weight", 256, "records.api.primary.weight", "less than or equal to 255"),
    ("databases.orders.engine", "mysql", "databases.orders.engine", "'postgres'"),
    ("databases.orders.primary_instance", "a--b", "databases.orders.primary_instance", "an RDS instance identifier"),
    ("databases.orders.replica_role", "primary", "databases.orders.replica_role", "another region than the primary's"),
    ("databases.orders.backup_retention_days", 0, "databases.orders.backup_retention_days", "automatic backups"),
    ("fencing.renew", "30 s", "fencing.renew", "less than the lease of 30 s"),
    ("fencing.lease", "0 s", "fencing.lease", "greater than 0"),
    ("health_depth", "abyss", "health_depth", "'shallow' or 'deep'"),
    ("objectives", {}, "objectives", "at least 1 item"),
    ("objectives.active-passive.rto", "0 s", "objectives.active-passive.rto", "greater than 0"),
    ("objectives.active-passive.rpo", "soon", "objectives.active-passive.rpo", "a duration with its unit"),
]


@pytest.mark.parametrize(
    ("path", "value", "named", "words"), INVALID, ids=[f"{row[0]}={row[1]!r:.20}" for row in INVALID]
)
def test_an_invalid_value_is_named(topology: Topology, path: str, value: object, named: str, words: str) -> None:
    """The error names the key path, what stands there, what was expected, and a way out where there is one."""
    with pytest.raises(TopologyError) as raised:
        override(topology, {path: value})
    problems = [problem for problem in raised.value.problems if problem.path == named]
    assert problems, str(raised.value)
    assert any(words in f"{problem.expected} {problem.hint}" for problem in problems), str(raised.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slot_alarm_megabytes": 4}, "a slot_cap_megabytes, of which it is a part"),
        ({"slot_alarm_megabytes": 4, "slot_cap_megabytes": 4}, "less than the cap of 4"),
    ],
)
def test_an_alarm_is_a_part_of_the_cap(changes: Mapping[str, object], words: str) -> None:
    """Where nothing bounds a slot nothing is left to be told of, and an alarm at the bound would always ring."""
    database = {"engine": "postgres", "replication": "logical", "primary_role": "primary", "replica_role": "secondary"}
    with pytest.raises(TopologyError, match=words):
        topology_of({**DOCUMENT, "databases": {"orders": {**database, **changes}}})


def test_every_invalid_value_is_named_at_once(topology: Topology) -> None:
    """Three mistakes are three problems."""
    changes = {"zone": "x", "records.api.ttl": 60, "fencing.lease": "long"}
    with pytest.raises(TopologyError) as raised:
        override(topology, changes)
    assert {problem.path for problem in raised.value.problems} == set(changes)


def test_a_variant_differs_where_it_says(topology: Topology) -> None:
    """An override changes the named values, gives another design and leaves the first as it was."""
    variant = override(
        topology, {"fencing": None, "records.api.secondary.health_check": None, "records.api.ttl": "5 min"}
    )
    assert variant.fencing is None
    secondary = variant.records["api"].secondary
    assert secondary is not None
    assert secondary.health_check is None
    assert variant.records["api"].ttl_seconds == 300
    assert topology == topology_of(DOCUMENT)
    assert override(topology, {}) == topology


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("records.apj.ttl", "did you mean 'api'?"),
        ("record.api.ttl", "did you mean 'records'?"),
        ("name.x", "a part with keys of its own"),
        ("records.api.tll", "did you mean 'ttl'?"),
    ],
)
def test_an_override_that_leads_nowhere_is_an_error(topology: Topology, path: str, words: str) -> None:
    """A misspelt path must not leave a sabotage out in silence."""
    with pytest.raises(TopologyError) as raised:
        override(topology, {path: "1 s"})
    assert words in str(raised.value)


def test_known_keys_are_those_of_the_file() -> None:
    """Keys are named as in a file, without the unit that the value carries there."""
    assert known_keys(["fencing"], Topology) == ["kind", "lease", "renew", "epochs"]
    assert known_keys(["records", "any", "primary"], Topology)[:2] == ["set_identifier", "failover"]
    assert known_keys(["records"], Topology) == []
    assert known_keys(["name", "deeper"], Topology) == []


def test_arithmetic_that_rules_the_objective_out_is_advice(topology: Topology) -> None:
    """Detection and TTL longer than the RTO are told, and not an error, for a drill may want to show just that."""
    assert list(advice(topology)) == []
    [sentence] = advice(override(topology, {"objectives.active-passive.rto": "89 s"}))
    assert "detection (10 s x 3) and TTL (60 s) need 90 s, more than the RTO of 89 s" in sentence


def durations(least: int, most: int) -> some.SearchStrategy[str]:
    """Return texts of whole seconds."""
    return some.integers(least, most).map(lambda seconds: print_duration(float(seconds)))


@given(
    changes=some.fixed_dictionaries(
        {},
        optional={
            "records.api.ttl": durations(0, 2147483647),
            "health_checks.one.interval": some.sampled_from(["10 s", "30 s"]),
            "health_checks.one.failure_threshold": some.integers(1, 10),
            "health_checks.one.port": some.integers(1, 65535),
            "health_checks.two.search_string": some.none() | some.text("aé\n: #", min_size=1, max_size=255),
            "health_checks.two.disabled": some.booleans(),
            "records.api.secondary.health_check": some.sampled_from(["one", "two", None]),
            "databases.orders.backup_retention_days": some.integers(1, 35),
            "fencing": some.none() | some.just({"kind": "lease", "lease": "250 ms", "renew": "1 ms"}),
            "objectives.active-passive.rpo": durations(0, 10**6),
            "health_depth": some.sampled_from(["shallow", "deep"]),
        },
    )
)
def test_valid_designs_go_there_and_back(changes: Mapping[str, object]) -> None:
    """Any valid variant, written as a document and read again, is the same design."""
    variant = override(topology_of(DOCUMENT), changes)
    assert topology_of(document_of(variant)) == variant
