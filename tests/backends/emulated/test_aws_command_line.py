"""The official `aws` command line, unmodified, runs the guide's commands in the lab, each answered as AWS would.

The commands are those of guide §2, §3, §5 and the quick reference, letter by letter but for ACCOUNT_ID and HC_ID, which
the guide leaves to its reader. What AWS refuses is refused here too, in its words where they are known.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.backends.emulated.conftest import site_resolver
from ziggie_harness.backends.emulated.calls import Overlay
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.s3_overlay import S3Buckets
from ziggie_harness.backends.emulated.s3_replication import Replicator
from ziggie_harness.backends.emulated.s3_state import S3State
from ziggie_harness.backends.emulated.secrets_manager import EmulatedSecretsManager
from ziggie_harness.backends.emulated.secrets_overlay import SecretsApi
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.kernel.processes import Finished, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import DNS_HOST, site_named
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.lab.certificates import CertificateAuthority

pytestmark = pytest.mark.slow

SITE = "internet"
"""Where the operator sits."""

ACCOUNT_ID, ROLE = "123456789012", "arn:aws:iam::123456789012:role/ziggie-s3-replication-role"

WITHIN_SECONDS = 120.0
"""A command takes a second of work, and the machine may be busy."""

TRUST_POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Service": "s3.amazonaws.com"},
      "Action": "sts:AssumeRole"
    }
  ]
}
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in the lab, where the operator sits, with `aws` and the settings of an operator in Stockholm."""

    clock: DrillClock
    supervisor: Supervisor
    network: Network
    cloud: Cloud
    directory: Path
    ca: Path

    def run(self, command: str) -> Finished:
        """Run a command of the guide."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "AWS_ACCESS_KEY_ID": "AKIAZIGGIEOPERATOR00",
            "AWS_SECRET_ACCESS_KEY": "no-secret",
            "AWS_DEFAULT_REGION": "eu-north-1",
            "AWS_CA_BUNDLE": str(self.ca),
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_RETRY_MODE": "standard",
            "AWS_PAGER": "",
            "HOME": str(self.directory),
        }
        return self.supervisor.run(
            "aws",
            ("sh", "-c", command),
            environment=environment,
            within_seconds=WITHIN_SECONDS,
            namespace=self.network.descriptor(SITE),
            resolv_conf=self.directory / "resolv.conf",
            directory=self.directory,
        )

    def answer(self, command: str) -> Any:  # noqa: ANN401 - what JSON holds
        """Run a command that succeeds, and return what it printed."""
        said = self.run(command).succeeded().output
        return json.loads(said) if said.strip() else None

    def refusal(self, command: str) -> str:
        """Run a command that fails, and return what it complained of."""
        ended = self.run(command)
        assert ended.status != 0, ended.output
        return ended.errors


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, certificates: CertificateAuthority) -> Iterator[Shell]:
    """Build the lab once; the tests below are the guide's sections, each with names of its own."""
    directory = tmp_path_factory.mktemp("shell")
    if not (Path(sys.executable).parent / "aws").exists():
        pytest.skip("the aws command line is not installed beside this Python: pip install -e .[dev]")
    with ExitStack() as stack:
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(directory / "journal", clock))
        try:
            network = stack.enter_context(Network([clock.stir]))
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        supervisor = stack.enter_context(Supervisor(stack.enter_context(Run(directory / "state"))))
        stack.enter_context(clock.actor("the test"))
        dates, permissions = DrillDates(clock), Permissions("kms")
        state, trust = S3State(dates), Trust(certificates.client_context())
        replicator = stack.enter_context(Replicator(clock, network, journal, state, trust=trust, lag_seconds=2.0))
        manager = stack.enter_context(EmulatedSecretsManager(clock, network, journal, permissions.key_obstacle, {}))
        overlays: list[Overlay] = [SecretsApi(manager, permissions), S3Buckets(state, replicator, dates)]
        cloud = stack.enter_context(Cloud(clock, network, journal, certificates, network.site_of, overlays=overlays))
        replicator.endpoint_of = cloud.place_of
        stack.enter_context(site_resolver(clock, network, SITE))
        (directory / "resolv.conf").write_text(f"nameserver {site_named(SITE).host(DNS_HOST)}\n", encoding="utf-8")
        (directory / "trust-policy.json").write_text(TRUST_POLICY, encoding="utf-8")
        yield Shell(clock, supervisor, network, cloud, directory, certificates.certificate_path)


def test_section_2_the_first_zone_of_the_list_may_be_another(shell: Shell) -> None:
    """Guide §2: without a zone of that name the command gives the id of the next one, and no error (G23).

    Source: botocore service model, ListHostedZonesByName: zones are listed in order, from the name on.
    """
    route53 = shell.cloud.clients.client("route53", "us-east-1", SITE)
    other = route53.create_hosted_zone(Name="ziggie.app", CallerReference="G23")["HostedZone"]["Id"]
    found = shell.run("""aws route53 list-hosted-zones-by-name \\
  --dns-name ziggie.ai \\
  --query 'HostedZones[0].Id' \\
  --output text | cut -d'/' -f3""").succeeded()
    assert found.output.strip() == other.rpartition("/")[2]
    by_name = route53.list_hosted_zones_by_name(DNSName="ziggie.ai")["HostedZones"]
    assert [zone for zone in by_name if zone["Name"] == "ziggie.ai."] == []


def test_section_5_secrets(shell: Shell) -> None:
    """Guide §5: a secret is created with a replica; one that does not exist cannot be replicated."""
    created = shell.answer("""aws secretsmanager create-secret \\
  --name ziggie/api-keys \\
  --secret-string '{"anthropic":"xxx","openai":"yyy"}' \\
  --add-replica-regions '[{"Region":"eu-west-1"}]' \\
  --region eu-north-1""")
    assert created["Name"] == "ziggie/api-keys"
    assert created["ReplicationStatus"] == [
        {"Region": "eu-west-1", "KmsKeyId": "alias/aws/secretsmanager", "Status": "InProgress"}
    ]
    replicate = """aws secretsmanager replicate-secret-to-regions \\
  --secret-id ziggie/database-credentials \\
  --add-replica-regions '[{"Region":"eu-west-1"}]' \\
  --region eu-north-1"""
    assert (
        "An error occurred (ResourceNotFoundException) when calling the ReplicateSecretToRegions operation: Secrets "
        "Manager can't find the specified secret." in shell.refusal(replicate)
    )
    shell.cloud.clients.client("secretsmanager", "eu-north-1", SITE).create_secret(
        Name="ziggie/database-credentials", SecretString="{}"
    )
    replicated = shell.answer(replicate)
    assert replicated["ReplicationStatus"][0]["Status"] == "InProgress"
    shell.clock.sleep(60)
    told = shell.answer("aws secretsmanager describe-secret --secret-id ziggie/api-keys --region eu-west-1")
    assert (told["PrimaryRegion"], told["ARN"]) == ("eu-north-1", created["ARN"].replace("eu-north-1", "eu-west-1"))


def test_quick_reference_secrets(shell: Shell) -> None:
    """The quick reference lists secrets by a filter that AWS does not have (defect G62)."""
    complaint = shell.refusal("aws secretsmanager list-secrets --filter Key=replication-status,Values=Replicated")
    assert "replication-status" in complaint
    assert "ValidationException" in complaint
    assert "Member must satisfy enum value set" in complaint


def test_promotion_by_the_command_line(shell: Shell) -> None:
    """What the guide lacks (defect G61): a replica refuses a rotation until it is promoted, in its own region."""
    client = shell.cloud.clients.client("secretsmanager", "eu-north-1", SITE)
    client.create_secret(Name="ziggie/promoted", SecretString="{}", AddReplicaRegions=[{"Region": "eu-west-1"}])
    shell.clock.sleep(60)
    rotate = "aws secretsmanager put-secret-value --secret-id ziggie/promoted --secret-string '{}' --region eu-west-1"
    assert (
        "(InvalidParameterException) when calling the PutSecretValue operation: Operation not permitted on a replica "
        "secret. Call must be made in primary secret's region." in shell.refusal(rotate)
    )
    shell.answer("aws secretsmanager stop-replication-to-replica --secret-id ziggie/promoted --region eu-west-1")
    assert shell.answer(rotate)["VersionStages"] == ["AWSCURRENT"]
    by_function = shell.refusal("aws secretsmanager rotate-secret --secret-id ziggie/promoted --region eu-west-1")
    assert "(InvalidRequestException)" in by_function
    assert "No Lambda rotation function ARN is associated with this secret." in by_function


def test_quick_reference_health_checks(shell: Shell) -> None:
    """The quick reference's look at the health checks: those that exist, and AWS's words for one that does not."""
    route53 = shell.cloud.clients.client("route53", "us-east-1", SITE)
    config = {"Type": "HTTPS", "IPAddress": "13.48.10.10", "Port": 443, "ResourcePath": "/health"}
    made = route53.create_health_check(CallerReference="primary-health", HealthCheckConfig=config)["HealthCheck"]["Id"]
    shell.clock.sleep(60)
    listed = shell.answer("aws route53 list-health-checks")
    assert [check["Id"] for check in listed["HealthChecks"]] == [made]
    observations = shell.answer(f"aws route53 get-health-check-status --health-check-id {made}")
    assert observations["HealthCheckObservations"]
    assert "Failure" in observations["HealthCheckObservations"][0]["StatusReport"]["Status"]
    unknown = shell.refusal("aws route53 get-health-check-status --health-check-id HC_ID")
    assert "(NoSuchHealthCheck) when calling the GetHealthCheckStatus operation" in unknown


def test_section_3_buckets(shell: Shell) -> None:
    """Guide §3, in its order: versioning, the other bucket, the role, replication; then the quick reference's look."""
    version = """aws s3api put-bucket-versioning \\
  --bucket ziggie-assets-prod \\
  --versioning-configuration Status=Enabled"""
    assert "(NoSuchBucket) when calling the PutBucketVersioning operation" in shell.refusal(version)
    where = {"LocationConstraint": "eu-north-1"}
    north = shell.cloud.clients.client("s3", "eu-north-1", SITE)
    north.create_bucket(Bucket="ziggie-assets-prod", CreateBucketConfiguration=where)
    assert shell.answer(version) is None
    created = shell.answer("""aws s3api create-bucket \\
  --bucket ziggie-assets-dr \\
  --region eu-west-1 \\
  --create-bucket-configuration LocationConstraint=eu-west-1""")
    assert "ziggie-assets-dr" in created["Location"]
    # The guide names no region here: the endpoint in Stockholm redirects, and the command line follows.
    assert (
        shell.answer("""aws s3api put-bucket-versioning \\
  --bucket ziggie-assets-dr \\
  --versioning-configuration Status=Enabled""")
        is None
    )
    role = shell.answer("""aws iam create-role \\
  --role-name ziggie-s3-replication-role \\
  --assume-role-policy-document file://trust-policy.json""")
    assert role["Role"]["Arn"] == ROLE
    assert shell.answer(PUT_ROLE_POLICY) is None
    look = "aws s3api get-bucket-replication --bucket ziggie-assets-prod"
    assert "(ReplicationConfigurationNotFoundError) when calling the GetBucketReplication" in shell.refusal(look)
    assert shell.answer(PUT_REPLICATION.replace("ACCOUNT_ID", ACCOUNT_ID)) is None
    told = shell.answer(look)["ReplicationConfiguration"]
    assert told["Role"] == ROLE
    assert told["Rules"][0]["DeleteMarkerReplication"] == {"Status": "Enabled"}
    north.put_object(Bucket="ziggie-assets-prod", Key="logo.svg", Body=b"<svg/>")
    shell.clock.sleep(60)
    copy = shell.answer("aws s3api head-object --bucket ziggie-assets-dr --key logo.svg --region eu-west-1")
    assert copy["ReplicationStatus"] == "REPLICA"


PUT_ROLE_POLICY = """aws iam put-role-policy \\
  --role-name ziggie-s3-replication-role \\
  --policy-name ReplicationPolicy \\
  --policy-document '{
    "Version": "2012-10-17",
    "Statement": [
      {
        "Effect": "Allow",
        "Action": [
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionTagging"
        ],
        "Resource": [
          "arn:aws:s3:::ziggie-assets-prod",
          "arn:aws:s3:::ziggie-assets-prod/*"
        ]
      },
      {
        "Effect": "Allow",
        "Action": [
          "s3:ReplicateObject",
          "s3:ReplicateDelete",
          "s3:ReplicateTags"
        ],
        "Resource": "arn:aws:s3:::ziggie-assets-dr/*"
      }
    ]
  }'"""

PUT_REPLICATION = """aws s3api put-bucket-replication \\
  --bucket ziggie-assets-prod \\
  --replication-configuration '{
    "Role": "arn:aws:iam::ACCOUNT_ID:role/ziggie-s3-replication-role",
    "Rules": [
      {
        "ID": "ReplicateAll",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {},
        "Destination": {
          "Bucket": "arn:aws:s3:::ziggie-assets-dr",
          "StorageClass": "STANDARD"
        },
        "DeleteMarkerReplication": {
          "Status": "Enabled"
        }
      }
    ]
  }'"""
