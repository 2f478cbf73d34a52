"""What each examination tells of what it sees, and what it is that AWS is asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.iam_overlay import IamSimulation
from ziggie_harness.backends.emulated.operator_access import OperatorAccess
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.readiness import Sight, examinations, examine
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.errors import ApiRefused
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

TOPOLOGY = read_topology(ACTIVE_PASSIVE)
ROLE_ARN = "arn:aws:iam::123456789012:role/ziggie-operator"


def _ends_in(days: float) -> Callable[[str, Role], dt.datetime]:
    """Return a look at a certificate that ends in some days."""
    return lambda *_: dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


def _refused(*_: object) -> dt.datetime:
    """Refuse a certificate as a client does."""
    raise ssl.SSLCertVerificationError("certificate has expired")


def _silent(*_: object) -> Any:  # noqa: ANN401 - stands for any question
    """Answer nothing."""
    raise ApiRefused("nobody answers", "silence")


@pytest.fixture
def sight() -> Iterator[Sight]:
    """Return a sight of a region in which AWS answers nothing and all else is well."""
    with DrillClock() as clock, clock.actor("the test"):
        yield Sight(TOPOLOGY, Role.SECONDARY, clock, _silent, ROLE_ARN, {}, lambda: None, _ends_in(30))


def told(name: str, sight: Sight) -> str:
    """Return what one examination objects to."""
    [event] = examinations()[name].examine(sight)
    return event.obstacle


@pytest.mark.parametrize(
    ("look", "obstacle"),
    [(_ends_in(14.5), ""), (_ends_in(13.5), "ends in 13 days"), (_refused, "clients refuse the certificate")],
    ids=["in time", "soon", "over"],
)
def test_a_certificate_has_to_be_good_for_some_time(
    sight: Sight, look: Callable[[str, Role], dt.datetime], obstacle: str
) -> None:
    """AWS Config, acm-certificate-expiration-check: 14 days by default."""
    found = told("certificate", dataclasses.replace(sight, certificate_ends=look))
    assert obstacle in found
    assert bool(found) == bool(obstacle)


def test_a_replica_may_lag_for_an_instant(sight: Sight) -> None:
    """While clients write it always lacks something for a moment; what it lacks all the time is an obstacle."""
    lags = iter(["behind by 8 bytes", "behind by 8 bytes"])
    assert not told("replica", dataclasses.replace(sight, replica_obstacle=lambda: next(lags, None)))
    stuck = dataclasses.replace(sight, replica_obstacle=lambda: "behind by 8 bytes")
    assert told("replica", stuck) == "the replica does not follow: behind by 8 bytes, and that for 5 s already"


@pytest.mark.parametrize(
    ("reports", "obstacle"),
    [
        ({"us-east-1": "Success: HTTP Status Code 200", "eu-west-1": "Success: HTTP Status Code 200"}, ""),
        (
            {"us-east-1": "Success: HTTP Status Code 200", "eu-west-1": "Failure: silence"},
            "1 of 2 checkers reach eu-west-1 well by secondary-health, not from eu-west-1 (1.2.3.4): Failure: silence",
        ),
        ({}, "0 of 0 checkers reach eu-west-1 well by secondary-health: no checker has looked yet"),
    ],
    ids=["all", "one is kept out", "nobody looked"],
)
def test_every_health_checker_has_to_get_in(sight: Sight, reports: dict[str, str], obstacle: str) -> None:
    """Route 53 API reference, GetHealthCheckStatus: what each checker saw last."""
    rows = [
        {"Region": region, "IPAddress": "1.2.3.4", "StatusReport": {"Status": status}}
        for region, status in reports.items()
    ]
    answering = dataclasses.replace(
        sight, ask=lambda *_: {"HealthCheckObservations": rows}, check_ids={"secondary-health": "one"}
    )
    assert told("health checkers", answering) == obstacle


@pytest.mark.parametrize(("place", "lost"), [("outside", False), ("secondary", False), ("primary", True)])
def test_scripts_are_not_in_the_region_that_is_lost(sight: Sight, place: str, *, lost: bool) -> None:
    """G70: a runbook on a host of the failed region."""
    found = told("place of the scripts", dataclasses.replace(sight, topology=override(TOPOLOGY, {
        "operator.place": place})))  # fmt: skip
    assert bool(found) == lost
    assert ("on a host of eu-north-1" in found) == lost


@pytest.mark.parametrize(("here", "obstacle"), [(32, ""), (64, ""), (2, "the quota of eu-west-1 is 2 vCPUs")])
def test_the_quotas_of_both_regions_are_compared(sight: Sight, here: int, obstacle: str) -> None:
    """The larger one of the region that is lost helps nobody: quotas are each region's own."""
    quotas = {"eu-west-1": here, "eu-north-1": 32}
    found = told("quota of servers", dataclasses.replace(sight, ask=lambda _, region, __: {
        "Quota": {"Value": float(quotas[region])}}))  # fmt: skip
    assert obstacle in found
    assert bool(found) == bool(obstacle)


def test_what_cannot_be_seen_is_an_obstacle(sight: Sight) -> None:
    """An examination that AWS does not answer ends neither the others nor in silence."""
    found = {event.thing: event.obstacle for event in examine(sight)}
    assert found["settings of the database"].startswith("settings of the database cannot be examined: nobody answers")
    assert not found["certificate"]


def test_a_design_without_an_operator_has_no_role_to_examine(sight: Sight) -> None:
    """Keys of an administrator may do everything, and never expire."""
    without = dataclasses.replace(sight, topology=override(TOPOLOGY, {"operator": None}))
    assert not [*examinations()["permissions of the operator"].examine(without)]
    assert not [*examinations()["sign-in of the operator"].examine(without)]


def test_iam_simulates_a_roles_policies(bench: Bench, certificates: CertificateAuthority) -> None:
    """IAM API reference, EvaluationResult: "allowed | explicitDeny | implicitDeny"."""
    with Cloud(
        bench.clock, bench.network, bench.journal, certificates, bench.network.site_of,
        overlays=[IamSimulation(Permissions())],
    ) as cloud:  # fmt: skip
        OperatorAccess(override(TOPOLOGY, {"operator.actions": ["rds:Describe*"]}), cloud.clients).create()
        iam = cloud.clients.client("iam", "us-east-1", "internet")
        denial = (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "rds:Delete*", "Resource": "*"}]}'
        )
        iam.put_role_policy(RoleName="ziggie-operator", PolicyName="denial", PolicyDocument=denial)
        actions = ["rds:DescribeDBInstances", "rds:PromoteReadReplica", "rds:DeleteDBInstance"]
        answer = iam.simulate_principal_policy(PolicySourceArn=ROLE_ARN, ActionNames=actions)
        decided = {row["EvalActionName"]: row["EvalDecision"] for row in answer["EvaluationResults"]}
        assert decided == dict(zip(actions, ["allowed", "implicitDeny", "explicitDeny"], strict=True))
        with pytest.raises(ClientError, match="NoSuchEntity"):
            iam.simulate_principal_policy(PolicySourceArn=ROLE_ARN + "-of-nobody", ActionNames=actions)
