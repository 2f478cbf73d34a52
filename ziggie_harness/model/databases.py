"""The declared databases: PostgreSQL on RDS, PostgreSQL on servers of one's own, a MongoDB replica set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, StrictBool, StrictInt, Tag
from pydantic.dataclasses import dataclass

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.values import STRICT, Duration, InstanceIdentifier, Name, Positive, Role, ServingRole, whole


@dataclass(frozen=True, slots=True, config=STRICT)
class Promotion:
    """How long RDS is assumed to take for each state of a promotion; AWS documents only minutes, so measure yours."""

    modifying_seconds: Annotated[Duration, Field(validation_alias="modifying", serialization_alias="modifying")]
    rebooting_seconds: Annotated[Duration, Field(validation_alias="rebooting", serialization_alias="rebooting")]

    @property
    def total_seconds(self) -> float:
        """The whole promotion."""
        return self.modifying_seconds + self.rebooting_seconds


@dataclass(frozen=True, slots=True, config=STRICT)
class Rebuild:
    """How long RDS is assumed to take to delete an instance and to create a replica; it grows with the data."""

    deleting_seconds: Annotated[Duration, Field(validation_alias="deleting", serialization_alias="deleting")]
    creating_seconds: Annotated[Duration, Field(validation_alias="creating", serialization_alias="creating")]


@dataclass(frozen=True, slots=True, config=STRICT)
class RdsPostgres:
    """A PostgreSQL instance of RDS and its read replica in another region.

    Backup retention: RDS API, CreateDBInstance, BackupRetentionPeriod (0 to 35 days).
    """

    engine: Literal["postgres"]
    primary_role: ServingRole
    primary_instance: InstanceIdentifier
    replica_role: ServingRole
    replica_instance: InstanceIdentifier
    replication: Literal["asynchronous"]
    backup_retention_days: Annotated[StrictInt, Field(ge=0, le=35)]
    assumed_promotion: Promotion
    assumed_rebuild: Rebuild
    multi_az: StrictBool = True
    """The primary instance has a synchronous standby in another zone of its region."""
    replica_multi_az: StrictBool = True
    """The replica has one too; one that lacks it is a single instance when it is promoted."""
    retention_kept: StrictBool = True
    """The promotion names the backup retention; "Default: 1" day (RDS API, PromoteReadReplica)."""
    encrypted: StrictBool = True
    """Storage is encrypted in both regions, each with a key of its own region."""
    own_database: StrictBool = True
    """The application beside the replica stands on the replica; else its host name or secret leads to the primary."""
    heartbeat_seconds: Annotated[
        Positive | None, Field(validation_alias="heartbeat", serialization_alias="heartbeat")
    ] = None
    """How often a job writes the time into a row, by whose age in the replica its lag is told.

    Without one the lag is told by the last transaction, as by CloudWatch's ReplicaLag: "up to five minutes" where none
    runs (RDS user guide, Working with read replicas for Amazon RDS for PostgreSQL).
    """


@dataclass(frozen=True, slots=True, config=STRICT)
class LogicalPostgres:
    """PostgreSQL on a server of one's own in each of two regions, with logical replication between them (guide §4).

    Each setting is one thing that the guide leaves out; without it the design is the guide's. Quoted is the manual of
    PostgreSQL, the chapter on logical replication.
    """

    engine: Literal["postgres"]
    replication: Literal["logical"]
    primary_role: ServingRole
    replica_role: ServingRole
    schema_copied: StrictBool = False
    """The subscriber has the tables first: "The database schema and DDL commands are not replicated"."""
    roles_copied: StrictBool = False
    """The subscriber has the roles and their grants too, as by pg_dumpall; roles belong to no database."""
    future_tables_granted: StrictBool = False
    """Tables that are made later may be read by the replication user too, and the subscription is refreshed."""
    keyless_tables_identified: StrictBool = False
    """A table without a key has a replica identity; else UPDATE and DELETE "on the publisher will raise an error"."""
    password_in_a_file: StrictBool = False
    """The subscription names a passfile (libpq), not a password that pg_subscription and backups then hold."""
    peers_only: StrictBool = False
    """pg_hba.conf admits the replication user from the other region alone, not from everywhere."""
    slot_cap_megabytes: Annotated[StrictInt, Field(ge=1)] | None = None
    """What a slot may keep on the primary's disk for a standby that is away (max_slot_wal_keep_size); else no bound."""
    slot_alarm_megabytes: Annotated[StrictInt, Field(ge=1)] | None = None
    """A job tells somebody when less than this may still be written before a slot is lost; else nobody is told."""
    standby_read_only: StrictBool = False
    """Whoever is no administrator cannot write at the subscriber, which nothing of logical replication hinders."""
    migrations_on_both_sides: StrictBool = False
    """A migration only adds, and is made at the subscriber first."""
    subscription_ended_at_failover: StrictBool = False
    """Who takes over stops applying what the old primary may still send."""
    sequences_carried: StrictBool = False
    """Who takes over moves its sequences past all rows: "Sequence data is not replicated"."""


@dataclass(frozen=True, slots=True, config=STRICT)
class MongoMember:
    """A member of a replica set.

    Priority: MongoDB manual, Replica Set Configuration, members[n].priority (0 to 1000; an arbiter's is 0).
    """

    region: Role
    priority: Annotated[StrictInt, Field(ge=0, le=1000)] = 1
    arbiter: StrictBool = False


@dataclass(frozen=True, slots=True, config=STRICT)
class MongoReplicaSet:
    """A MongoDB replica set over several regions (guide §4)."""

    engine: Literal["mongodb"]
    replica_set: Name
    members: Annotated[Mapping[Name, MongoMember], Field(min_length=1, max_length=50)]
    write_concern: Literal["majority", "1"]
    election_timeout_seconds: Annotated[
        Positive, Field(validation_alias="election_timeout", serialization_alias="election_timeout")
    ] = 10.0
    heartbeat_timeout_seconds: Annotated[
        Positive,
        Field(validation_alias="heartbeat_timeout", serialization_alias="heartbeat_timeout"),
        AfterValidator(whole),
    ] = 10.0
    tcp_retries: Annotated[StrictInt, Field(ge=1, le=15)] = 15
    """How often the members' kernels send again what is not acknowledged, before they give a connection up.

    Linux, ip-sysctl, tcp_retries2: 15 is 924.6 s at least. MongoDB gives up by itself after 30 s where a member tells
    its progress to a primary that is gone; until then it tells nobody else, and majorities are slow.
    """
    encrypted: StrictBool = True
    """Members and clients speak TLS and prove who they are; without it anybody who reaches a port may write."""


TAGS = frozenset({"rds", "logical", "mongodb"})
"""The kinds of databases, as errors of pydantic name them."""


def _kind(declared: object) -> str:
    """Say which kind of database somebody declares, so that only its errors are told."""
    if isinstance(declared, Mapping):
        engine, replication = declared.get("engine"), declared.get("replication")
    else:
        engine, replication = getattr(declared, "engine", None), getattr(declared, "replication", None)
    if engine == "mongodb":
        return "mongodb"
    return "logical" if replication == "logical" else "rds"


ENGINES: Final = {"postgres": Capability.POSTGRESQL, "mongodb": Capability.MONGODB}
"""What a backend must be able to run for each engine."""

Database = Annotated[
    Annotated[RdsPostgres, Tag("rds")]
    | Annotated[LogicalPostgres, Tag("logical")]
    | Annotated[MongoReplicaSet, Tag("mongodb")],
    Discriminator(_kind),
]
