"""The servers of each region as a design declares them: a group in Auto Scaling, and what EC2 has to give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.ec2_capacity import Ec2Capacity
from ziggie_harness.backends.emulated.scaling_groups import ScalingGroups
from ziggie_harness.emulation.autoscaling.groups import Group
from ziggie_harness.model.topology import Role, Topology

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ziggie_harness.backends.emulated.calls import Overlay
    from ziggie_harness.model.capacity import Capacity
    from ziggie_harness.ports import Actors, Clock, Journal

SERVING: Final = (Role.PRIMARY, Role.SECONDARY)


class DeclaredServers:
    """The groups of both regions; none where no capacity is declared, and EC2 all the same."""

    def __init__(self, topology: Topology, clock: Clock, journal: Journal, actors: Actors, directory: Path) -> None:
        """Have the servers run; what those of a region take together stands in a file of the directory."""
        self._topology, self._directory = topology, directory
        self._declared = declared = topology.capacity
        self.ec2 = Ec2Capacity({}, lambda _: 0)
        self.overlays: tuple[Overlay, ...] = (self.ec2,)
        if declared is None:
            return
        groups = ScalingGroups(
            clock, journal, actors, DrillDates(clock),
            launch_obstacle=lambda group: self.ec2.launch_obstacle(group.region, group.instance_type, group.vcpus),
            launch_seconds=declared.assumed_launch_seconds,
            resized=lambda group: self._tell(group, declared),
        )  # fmt: skip
        self.ec2 = Ec2Capacity({topology.region(role): declared.vcpu_quota(role) for role in SERVING}, groups.vcpus)
        self.overlays = (self.ec2, groups)
        groups.create(self._group(role, declared) for role in SERVING)

    def environment(self, role: Role) -> Mapping[str, str]:
        """Return what the service of a region is told of its servers."""
        if self._declared is None:
            return {}
        return {
            "ZIGGIE_CAPACITY": str(self._declared.requests_per_second(role)),
            "ZIGGIE_CAPACITY_FILE": str(self._file(self._topology.region(role))),
        }

    @property
    def settings(self) -> Mapping[str, str]:
        """What a script of the owner's may be told: the group, and how many servers the larger region has."""
        declared = self._declared
        return {
            "SCALING_GROUP": declared.group if declared else "",
            "SERVERS": str(declared.most_servers) if declared else "",
        }

    def _group(self, role: Role, declared: Capacity) -> Group:
        """Return the group of a region."""
        servers = declared.servers(role)
        return Group(
            declared.group,
            self._topology.region(role),
            minimum=1,
            maximum=declared.most_servers,
            desired=servers,
            in_service=servers,
            instance_type=declared.instance_type,
            vcpus=declared.vcpus(1),
        )

    def _tell(self, group: Group, declared: Capacity) -> None:
        """Tell a region's service what its servers take together, all or nothing."""
        path = self._file(group.region)
        staging = path.with_suffix(".new")
        staging.write_text(str(group.in_service * declared.server_requests_per_second), encoding="ascii")
        staging.replace(path)

    def _file(self, region: str) -> Path:
        """Return where a region's service finds what its servers take."""
        return self._directory / f"capacity-{region}"
