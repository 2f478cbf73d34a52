"""A backup of objects: a bucket in the witness region, and a job that copies into it what is current.

The job has a role of its own that may read the one bucket and write the other, and delete nothing. What it reads and
writes travels over the lab's network, from and to the witness region. Between its runs it is idle. A region that cannot
be reached ends a run early, and the next one goes on. What is deleted from the bucket stays in the backup.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ziggie_harness.backends.emulated.api_client import Keys
from ziggie_harness.backends.emulated.good_versions import good_versions
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.backends.emulated.object_setup import Side, bucket_of, make_bucket
from ziggie_harness.model.object_events import ObjectsBackedUp
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from datetime import datetime

    from ziggie_harness.backends.emulated.api_client import Clients
    from ziggie_harness.model.buckets import BucketPair, ObjectBackup
    from ziggie_harness.ports import Clock, Journal

ROLE_NAME: Final = "ziggie-object-backup-role"


class BackupJob:
    """Fills the declared backup, and restores from it."""

    def __init__(  # noqa: PLR0913, PLR0917 - each is a part of the lab that the job needs
        self,
        topology: Topology,
        pair: BucketPair,
        declared: ObjectBackup,
        clients: Clients,
        clock: Clock,
        journal: Journal,
    ) -> None:
        """Know the design; nothing is made yet."""
        self._pair, self._declared = pair, declared
        self._clients, self._clock, self._journal = clients, clock, journal
        self._control_plane = topology.region(Role.CONTROL_PLANE)
        self._source = Side(Role.PRIMARY, topology.region(Role.PRIMARY), pair.primary_bucket)
        self.side = Side(Role.WITNESS, topology.region(Role.WITNESS), declared.bucket)
        self._seen: dict[str, tuple[str, datetime]] = {}

    def create(self) -> None:
        """Make the bucket and the role, enter it, and copy what is there already."""
        s3 = self._clients.client("s3", self.side.region, CLIENTS)
        make_bucket(s3, self.side, encryption=self._pair.encryption, lock_days=self._declared.lock_days)
        iam = self._clients.client("iam", self._control_plane, CLIENTS)
        arn = f"arn:aws:iam::{ACCOUNT}:root"
        trust = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
        policy = {"Version": "2012-10-17", "Statement": [trust]}
        role = iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(policy))["Role"]["Arn"]
        iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="backup", PolicyDocument=json.dumps(self._permissions()))
        sts = self._clients.client("sts", self.side.region, self.side.region)
        given = sts.assume_role(RoleArn=role, RoleSessionName="backup")["Credentials"]
        self.keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self.run_once()

    def repeat(self) -> None:
        """Copy at the declared interval, until the world ends."""
        due_seconds = self._clock.now()
        while True:
            due_seconds += self._declared.every_seconds
            self._clock.sleep_until(due_seconds)
            self.run_once()

    def run_once(self) -> None:
        """Copy what is new or changed since the run before; what stops it goes into the history."""
        started, copied, reason = self._clock.now(), 0, ""
        source, backup = (self._as_job(side) for side in (self._source, self.side))
        try:
            pages = source.get_paginator("list_objects_v2").paginate(Bucket=self._source.bucket)
            for told in [told for page in pages for told in page.get("Contents", [])]:
                seen = (told["ETag"], told["LastModified"])
                if self._seen.get(told["Key"]) != seen:
                    _carry(source, {"Bucket": self._source.bucket, "Key": told["Key"]}, backup, self.side.bucket)
                    self._seen[told["Key"]] = seen
                    copied += 1
        except (ClientError, BotoCoreError) as error:
            reason = str(error)
        self._journal.record(ObjectsBackedUp(self.side.bucket, started, copied, reason))

    def restore(self, into: Side, before: datetime, caller: str) -> int:
        """Put back what the backup had of each object before a whole second, asked from a site; return how many.

        What is there already as it was then is left alone. Raises ApiRefused.
        """

        def put_back(target: Any) -> int:  # noqa: ANN401 - boto3 makes its classes late
            """Put back what differs."""
            pages = target.get_paginator("list_objects_v2").paginate(Bucket=into.bucket)
            there = {told["Key"]: told["ETag"] for page in pages for told in page.get("Contents", [])}
            backup = self._clients.client("s3", self.side.region, caller)
            changed = 0
            for good, _ in good_versions(backup, self.side.bucket, before):
                if there.get(good["Key"]) != good["ETag"]:
                    version = {"Bucket": self.side.bucket, "Key": good["Key"], "VersionId": good["VersionId"]}
                    _carry(backup, version, target, into.bucket)
                    changed += 1
            return changed

        restored: int = self._clients.ask("s3", into.region, caller, put_back)
        return restored

    def _as_job(self, side: Side) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client of a bucket's region that calls from the witness region, with the role's credentials."""
        return self._clients.client("s3", side.region, self.side.region, self.keys)

    def _permissions(self) -> dict[str, Any]:
        """Return what the job's role may do: read here, write there."""
        read, write = bucket_of(self._source), bucket_of(self.side)
        statements = [
            (["s3:ListBucket"], [read]),
            (["s3:GetObject", "s3:GetObjectTagging"], [f"{read}/*"]),
            (["s3:PutObject", "s3:PutObjectTagging"], [f"{write}/*"]),
            (["kms:Decrypt", "kms:GenerateDataKey"], ["*"]),
        ]
        allowed = [{"Effect": "Allow", "Action": actions, "Resource": things} for actions, things in statements]
        return {"Version": "2012-10-17", "Statement": allowed}


def _carry(source: Any, which: dict[str, str], target: Any, bucket: str) -> None:  # noqa: ANN401 - boto3 makes its classes late
    """Read a version and store it under the same key of a bucket, with its metadata, its type and its tags."""
    read = source.get_object(**which)
    members: dict[str, Any] = {"Metadata": read["Metadata"], "ContentType": read["ContentType"]}
    body = read["Body"].read()
    target.put_object(Bucket=bucket, Key=which["Key"], Body=body, **members)
    if read.get("TagCount"):
        tags = source.get_object_tagging(**which)["TagSet"]
        target.put_object_tagging(Bucket=bucket, Key=which["Key"], Tagging={"TagSet": tags})
