"""The region's database is set up as the one that it is to replace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role

SETTINGS: Final = ("DBInstanceClass", "EngineVersion", "AllocatedStorage", "MultiAZ", "StorageEncrypted")
"""What has to be the same. Source: botocore service model, rds, shape DBInstance."""


class Drift:
    """Compares what RDS tells of the two instances; the objects' settings have a check of their own."""

    name: ClassVar[str] = "settings of the database"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell every setting that differs; nothing where the databases are not RDS's."""
        database = sight.topology.database
        if not isinstance(database, RdsPostgres):
            return
        names = {
            Role(database.primary_role): database.primary_instance,
            Role(database.replica_role): database.replica_instance,
        }
        standby = self._described(sight, sight.role, names[sight.role])
        other = next(role for role in names if role != sight.role)
        serving = self._described(sight, other, names[other])
        differing = [name for name in SETTINGS if standby.get(name) != serving.get(name)]
        found = ", ".join(f"{name} {standby.get(name)}" for name in SETTINGS)
        wanted = ", ".join(f"{name} {serving.get(name)}" for name in SETTINGS)
        told = ", ".join(f"{name} is {standby.get(name)}, not {serving.get(name)}" for name in differing)
        obstacle = f"{names[sight.role]} is not set up as {names[other]}: {told}" if differing else ""
        yield sight.examined(self.name, found, wanted, obstacle)

    def _described(self, sight: Sight, role: Role, name: str) -> Mapping[str, Any]:
        """Ask RDS for an instance."""
        answer = sight.ask("rds", sight.topology.region(role), lambda rds: rds.describe_db_instances(
            DBInstanceIdentifier=name))  # fmt: skip
        described: Mapping[str, Any] = answer["DBInstances"][0]
        return described
