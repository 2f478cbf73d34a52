"""A declared replica set as the data tier of a world."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ziggie_harness.backends.emulated import mongo_install, postgres_install
from ziggie_harness.backends.emulated.data_tier import Ground
from ziggie_harness.backends.emulated.mongo_install import installation_obstacle
from ziggie_harness.backends.emulated.mongo_tier import MongoTier
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.model.database_events import AdmissionTried
from ziggie_harness.model.databases import MongoReplicaSet
from ziggie_harness.model.errors import ApiRefused, LabError
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import document_of, topology_of

if TYPE_CHECKING:
    from tests.backends.emulated.databases.conftest import Lab

DESIGN = Path(__file__).parents[4] / "fixtures" / "data" / "topologies" / "active_passive.yaml"


def tier(machine: Lab, directory: Path, arbiter_region: str, concern: str, *, encrypted: bool) -> MongoTier:
    """Describe a tier of a replica set with an arbiter."""
    if obstacle := installation_obstacle():
        pytest.skip(obstacle)
    document: dict[str, Any] = dict(document_of(read_topology(DESIGN)))
    members = {
        "first": {"region": "primary", "priority": 2},
        "second": {"region": "secondary"},
        "third": {"region": arbiter_region, "priority": 0, "arbiter": True},
    }
    declared = {"engine": "mongodb", "replica_set": "ziggie-rs", "members": members, "write_concern": concern}
    document["databases"] = {"orders": {**declared, "election_timeout": "2 s", "encrypted": encrypted}}
    topology = topology_of(document)
    assert isinstance(topology.database, MongoReplicaSet)
    authority = CertificateAuthority(directory / "authority")
    data = machine.run.directory / "mongo"
    ground = Ground(
        topology, machine.clock, machine.journal, machine.network, machine.supervisor, authority, data,
        resolv_conf=Path, postgres=lambda: postgres_install.find_installation(machine.supervisor),
        mongo=lambda: mongo_install.find_installation(machine.supervisor),
    )  # fmt: skip
    return MongoTier(ground, topology.database)


def settle(made: MongoTier) -> None:
    """Wait in wall time until the clock may jump."""
    ends_at = time.monotonic() + made.patience_seconds
    while sentence := made.obstacle():
        assert time.monotonic() < ends_at, sentence
        time.sleep(0.01)


def test_a_declared_set_lives_and_elects_by_itself(machine: Lab, tmp_path: Path) -> None:
    """It is secured as declared, its members are told, a promotion has nothing to do, and a member returns."""
    with tier(machine, tmp_path, "witness", "majority", encrypted=True) as made:
        made.create()
        told = made.service_environment(Role.SECONDARY)
        assert told["ZIGGIE_DATABASE_MEMBERS"].startswith("eu-north-1=13.48.10.30:27017,eu-west-1=")
        assert told["ZIGGIE_DATABASE_PASSWORD"]
        assert made.server(Role.PRIMARY).name == "first"
        with pytest.raises(LabError, match="witness region has no database"):
            made.server(Role.WITNESS)
        settle(made)
        assert made.replication_lag(Role.SECONDARY) is None
        assert made.replica_obstacle(Role.SECONDARY) is None
        assert [event.admitted for event in made.inspect() if isinstance(event, AdmissionTried)] == [False, False]
        version = made.server(Role.PRIMARY).ask({"replSetGetConfig": 1})["config"]["version"]
        made.server(Role.PRIMARY).freeze()
        made.promote(Role.SECONDARY, "internet")
        assert made.promotion_obstacle(Role.SECONDARY, "internet") is not None
        settle(made)
        assert made.promotion_obstacle(Role.SECONDARY, "internet") is None
        assert made.server(Role.SECONDARY).ask({"replSetGetConfig": 1})["config"]["version"] == version
        made.server(Role.PRIMARY).kill()
        with machine.clock.actor("test"), machine.clock.hold(made.obstacle, made.patience_seconds):
            made.rebuild(Role.PRIMARY, "internet")


@pytest.mark.slow
@pytest.mark.parametrize("concern", ["majority", "1"])
def test_force_is_the_last_resort(machine: Lab, tmp_path: Path, concern: str) -> None:
    """Without a majority the survivor is made the whole set, unless MongoDB refuses to change an implied default."""
    with tier(machine, tmp_path, "primary", concern, encrypted=False) as made:
        made.create()
        assert "ZIGGIE_DATABASE_PASSWORD" not in made.service_environment(Role.PRIMARY)
        assert [event.admitted for event in made.inspect() if isinstance(event, AdmissionTried)] == [True, True]
        for name in ("first", "third"):
            made.replicas.servers[name].kill()
        settle(made)
        assert made.replica_obstacle(Role.PRIMARY) == "first does not run"
        assert made.replica_obstacle(Role.SECONDARY) == "ziggie-rs has no primary"
        with pytest.raises(ApiRefused, match="it does not answer"):
            made.promote(Role.PRIMARY, "internet")
        if concern == "1":
            with pytest.raises(ApiRefused, match="implicit default write concern"):
                made.promote(Role.SECONDARY, "internet")
            return
        made.promote(Role.SECONDARY, "internet")
        settle(made)
        assert made.promotion_obstacle(Role.SECONDARY, "internet") is None
