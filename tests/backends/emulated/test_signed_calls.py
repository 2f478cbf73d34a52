"""What AWS demands of whoever calls: credentials that have not expired, and permission; each with its source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.caller_permissions import CallerPermissions
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.operator_access import OperatorAccess
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.signed_calls import SignedCalls
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.model.topology_document import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

NORTH, WEST, SITE = "eu-north-1", "eu-west-1", "internet"
ROLE = "ziggie-operator"
TOPOLOGY = override(read_topology(ACTIVE_PASSIVE), {"operator.actions": ["sns:Publish", "route53:*"]})


class Calls:
    """AWS on the lab's network, with the operator's role."""

    def __init__(self, cloud: Cloud, signed: SignedCalls) -> None:
        """Keep the parts."""
        self.cloud, self.signed = cloud, signed

    def entered(self, region: str) -> dict[str, str]:
        """Enter the operator's role by the STS of a region, and return its credentials."""
        sts = self.cloud.clients.client("sts", region, SITE)
        given: dict[str, str] = sts.assume_role(
            RoleArn=f"arn:aws:iam::123456789012:role/{ROLE}", RoleSessionName="test"
        )["Credentials"]
        return given

    def client(self, service: str, region: str, given: dict[str, str]) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client by these credentials, whose requests go through the lab."""
        session: Any = boto3.Session()  # typed, it takes the names of services as literals only
        made = session.client(
            service,
            region_name=region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        clients: Clients = self.cloud.clients
        made.meta.events.register("before-send", lambda request, **_: clients.send(SITE, request))
        return made


@pytest.fixture
def calls(bench: Bench, certificates: CertificateAuthority) -> Iterator[Calls]:
    """Build AWS with the operator's role on the lab's network."""
    signed, network, permitted = SignedCalls(), bench.network, CallerPermissions(Permissions())
    with Cloud(
        bench.clock, network, bench.journal, certificates, network.site_of, overlays=[signed, permitted]
    ) as cloud:
        OperatorAccess(TOPOLOGY, cloud.clients).create()
        yield Calls(cloud, signed)


def refusal(call: Any) -> tuple[str, int, str]:  # noqa: ANN401 - a call of a client
    """Make a call that AWS refuses; return code, status and message."""
    with pytest.raises(ClientError) as error:
        call()
    told = error.value.response
    return str(told["Error"]["Code"]), int(told["ResponseMetadata"]["HTTPStatusCode"]), str(told["Error"]["Message"])


def test_expired_credentials_are_refused_as_the_protocol_has_it(calls: Calls) -> None:
    """Observed of RDS, HTTP 403: aws-controllers-k8s/community issue 2435; of JSON: grafana/timestream issue 92."""
    given, elsewhere = calls.entered(NORTH), calls.entered(WEST)
    text = "The security token included in the request is expired"
    with calls.signed.expiring(NORTH):
        assert refusal(calls.client("sts", WEST, given).get_caller_identity) == ("ExpiredToken", 403, text)
        events = calls.client("events", WEST, given)
        assert refusal(events.list_rules) == ("ExpiredTokenException", 403, text)
        for good in (elsewhere, calls.entered(NORTH)):
            assert ROLE in calls.client("sts", WEST, good).get_caller_identity()["Arn"]
    assert ROLE in calls.client("sts", WEST, given).get_caller_identity()["Arn"]


def test_the_operator_may_do_what_the_policy_allows(calls: Calls) -> None:
    """IAM user guide, "Policy evaluation logic": what no statement allows is denied; the codes are the services'."""
    given = calls.entered(WEST)
    assert calls.client("route53", WEST, given).list_hosted_zones()["HostedZones"] == []
    code, status, message = refusal(calls.client("rds", WEST, given).describe_db_instances)
    assert (code, status) == ("AccessDenied", 403)
    assert f"assumed-role/{ROLE}/test is not authorized to perform: rds:DescribeDBInstances" in message
    sns = calls.client("sns", WEST, given)
    assert refusal(lambda: sns.create_topic(Name="done"))[:2] == ("AuthorizationError", 403)
    topic = calls.cloud.clients.client("sns", WEST, SITE).create_topic(Name="done")["TopicArn"]
    assert sns.publish(TopicArn=topic, Message="done")["MessageId"]


def test_who_asks_sts_who_he_is_needs_no_permission(calls: Calls) -> None:
    """STS API reference, GetCallerIdentity: "No permissions are required to perform this operation"."""
    assert ROLE in calls.client("sts", WEST, calls.entered(WEST)).get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    ("sign_in", "told"),
    [("regional", "sts_regional_endpoints = regional"), ("global", "sts_regional_endpoints = legacy")],
)
def test_a_script_enters_the_role_as_it_is_declared(calls: Calls, tmp_path: Path, sign_in: str, told: str) -> None:
    """A profile says which role, by whose keys and where; the setting is botocore's."""
    access = OperatorAccess(override(TOPOLOGY, {"operator.sign_in": sign_in}), calls.cloud.clients)
    environment = access.environment(tmp_path)
    written = (tmp_path / "aws-config").read_text()
    assert environment == {"AWS_PROFILE": "operator", "AWS_CONFIG_FILE": str(tmp_path / "aws-config")}
    assert told in written
    assert f"role_arn = arn:aws:iam::123456789012:role/{ROLE}" in written


def test_a_token_is_fetched_beforehand(calls: Calls, tmp_path: Path) -> None:
    """The script gets the credentials themselves, and nothing to renew them by."""
    changes = {"operator.sign_in": "token", "operator.role": "another"}
    access = OperatorAccess(override(TOPOLOGY, changes), calls.cloud.clients)
    access.create()
    environment = access.environment(tmp_path)
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} < environment.keys()
    assert not (tmp_path / "aws-config").exists()


def test_without_an_operator_the_keys_are_an_administrators(calls: Calls, tmp_path: Path) -> None:
    """As before there were roles: nothing is made, nothing expires."""
    access = OperatorAccess(override(TOPOLOGY, {"operator": None}), calls.cloud.clients)
    access.create()
    assert "AWS_SESSION_TOKEN" not in access.environment(tmp_path)
    policy = calls.cloud.clients.client("iam", "us-east-1", SITE).get_role_policy(RoleName=ROLE, PolicyName="recovery")
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == json.loads('["sns:Publish", "route53:*"]')
