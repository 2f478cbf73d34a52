"""The backup of objects, through the gateways of its regions: what it copies, what stops it, what it may not do."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.caller_permissions import CallerPermissions
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.host_machinery import InMoto
from ziggie_harness.backends.emulated.object_backup import BackupJob
from ziggie_harness.backends.emulated.object_setup import Side, make_bucket
from ziggie_harness.backends.emulated.object_store import ObjectStore
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.s3_state import S3State
from ziggie_harness.drill.stage import designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.object_events import ObjectsBackedUp
from ziggie_harness.model.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

NORTH, CENTRAL = "eu-north-1", "eu-central-1"
SOURCE = Side(Role.PRIMARY, NORTH, "ziggie-assets-prod")
BACKUP = "ziggie-assets-backup"


@dataclass(frozen=True, slots=True)
class Vault:
    """A bucket with one object, and its backup."""

    bench: Bench
    job: BackupJob
    cloud: Cloud

    def s3(self, region: str, *, as_job: bool = False) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client, with an administrator's keys or with the job's."""
        clients = self.cloud.clients
        return clients.client("s3", region, CENTRAL, self.job.keys) if as_job else clients.client("s3", region, CENTRAL)

    def runs(self) -> list[tuple[int, bool]]:
        """Return how many objects each run copied, and whether it was stopped."""
        return [(run.copied, bool(run.reason)) for _, run in self.bench.journal.history().of_kind(ObjectsBackedUp)]


@pytest.fixture
def vault(bench: Bench, certificates: CertificateAuthority) -> Iterator[Vault]:
    """Make the bucket and the backup that the design declares, on the lab's network."""
    clock, network, journal = bench.clock, bench.network, bench.journal
    topology = read_topology(designs()["backed-up-buckets"])
    pair = topology.bucket_pair
    assert pair is not None
    assert pair.backup is not None
    with ExitStack() as stack:
        trust = Trust(certificates.client_context())
        store = ObjectStore(
            topology, pair, clock, network, journal, kept=InMoto(S3State(DrillDates(clock))), trust=trust
        )
        overlays = (CallerPermissions(Permissions()), *store.overlays)
        cloud = stack.enter_context(Cloud(clock, network, journal, certificates, network.site_of, overlays=overlays))
        north = cloud.clients.client("s3", NORTH, "internet")
        make_bucket(north, SOURCE, encryption="AES256", lock_days=None)
        north.put_object(
            Bucket=SOURCE.bucket, Key="a", Body=b"good", Metadata={"k": "v"}, Tagging="t=1", ContentType="text/plain"
        )
        job = BackupJob(topology, pair, pair.backup, cloud.clients, clock, journal)
        job.create()
        yield Vault(bench, job, cloud)


def test_a_run_copies_what_is_new_or_changed(vault: Vault) -> None:
    """The copy has content, metadata, type and tags; what did not change is not copied again."""
    there = vault.s3(CENTRAL).get_object(Bucket=BACKUP, Key="a")
    assert (there["Body"].read(), there["Metadata"], there["ContentType"]) == (b"good", {"k": "v"}, "text/plain")
    tags = vault.s3(CENTRAL).get_object_tagging(Bucket=BACKUP, Key="a")["TagSet"]
    assert tags == [{"Key": "t", "Value": "1"}]
    vault.job.run_once()
    vault.s3(NORTH).put_object(Bucket=SOURCE.bucket, Key="b", Body=b"new")
    vault.job.run_once()
    assert vault.runs() == [(1, False), (0, False), (1, False)]


def test_a_dark_region_ends_a_run_and_the_next_goes_on(vault: Vault) -> None:
    """Why it was stopped stands in the history."""
    vault.s3(NORTH).put_object(Bucket=SOURCE.bucket, Key="b", Body=b"new")
    with vault.bench.network.isolated(NORTH):
        vault.job.run_once()
    vault.job.run_once()
    assert vault.runs() == [(1, False), (0, True), (1, False)]


def test_the_job_may_read_here_and_write_there_and_delete_nowhere(vault: Vault) -> None:
    """Its role's policy is evaluated; whoever has its credentials can destroy nothing."""
    for region, bucket, operation, members in (
        (NORTH, SOURCE.bucket, "put_object", {"Body": b"bad"}),
        (NORTH, SOURCE.bucket, "delete_object", {}),
        (CENTRAL, BACKUP, "delete_object", {}),
        (CENTRAL, BACKUP, "get_object", {}),
    ):
        with pytest.raises(ClientError, match="is not authorized to perform"):
            getattr(vault.s3(region, as_job=True), operation)(Bucket=bucket, Key="a", **members)


def test_nobody_deletes_a_locked_version(vault: Vault) -> None:
    """An administrator neither. Source: S3 user guide, "Object Lock": in compliance mode not even the root user can."""
    version = vault.s3(CENTRAL).head_object(Bucket=BACKUP, Key="a")["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        vault.s3(CENTRAL).delete_object(Bucket=BACKUP, Key="a", VersionId=version)


def test_a_restore_takes_what_the_backup_had_before_the_damage(vault: Vault) -> None:
    """Also where later runs have copied the damage; what is as it was is left alone."""
    vault.bench.clock.sleep(2)
    before = DrillDates(vault.bench.clock).now().replace(microsecond=0)
    vault.bench.clock.sleep(2)
    vault.s3(NORTH).put_object(Bucket=SOURCE.bucket, Key="a", Body=b"pay")
    vault.job.run_once()
    assert vault.s3(CENTRAL).get_object(Bucket=BACKUP, Key="a")["Body"].read() == b"pay"
    assert vault.job.restore(SOURCE, before, NORTH) == 1
    restored = vault.s3(NORTH).get_object(Bucket=SOURCE.bucket, Key="a")
    assert (restored["Body"].read(), restored["Metadata"]) == (b"good", {"k": "v"})
    assert vault.job.restore(SOURCE, before, NORTH) == 0
