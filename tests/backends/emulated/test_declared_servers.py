"""Auto Scaling, EC2's capacity and Service Quotas as boto3 sees them, through the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.declared_servers import DeclaredServers
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.emulation.autoscaling.groups import RETRY_SECONDS
from ziggie_harness.model.scaling_events import CapacityChanged, LaunchFailed
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

REGION, GROUP = "eu-west-1", "ziggie-api"
LAUNCH_SECONDS = 120.0

MINIMAL = override(read_topology(ACTIVE_PASSIVE), {"capacity.secondary_servers": 1, "capacity.secondary_vcpu_quota": 7})


class Place:
    """A region with one server, in which seven vCPUs may run: three servers."""

    def __init__(self, bench: Bench, servers: DeclaredServers, cloud: Cloud, directory: Path) -> None:
        """Have clients of the region."""
        self.bench, self.servers, self.directory = bench, servers, directory
        self.cloud = cloud
        self.scaling = self.client("autoscaling")

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client of the region."""
        return self.cloud.clients.client(service, REGION, "internet")

    def want(self, servers: int) -> None:
        """Set the desired capacity."""
        self.scaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=servers)

    @property
    def running(self) -> int:
        """How many servers are in service."""
        [group] = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        assert {each["LifecycleState"] for each in group["Instances"]} == {"InService"}
        return len(group["Instances"])

    @property
    def activities(self) -> list[tuple[str, str]]:
        """What Auto Scaling tells of its activities, the newest first."""
        told = self.scaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
        return [(each["StatusCode"], each.get("StatusMessage", "")) for each in told]

    @property
    def takes(self) -> str:
        """What the region's service is told that it takes in a second."""
        return (self.directory / f"capacity-{REGION}").read_text()


@pytest.fixture
def place(bench: Bench, certificates: CertificateAuthority, tmp_path: Path) -> Iterator[Place]:
    """Put the servers behind the gateway."""
    clock, network, journal = bench.clock, bench.network, bench.journal
    with clock.actors("Auto Scaling") as actors:
        servers = DeclaredServers(MINIMAL, clock, journal, actors, tmp_path)
        with Cloud(clock, network, journal, certificates, network.site_of, overlays=servers.overlays) as cloud:
            yield Place(bench, servers, cloud, tmp_path)


def test_a_wish_is_fulfilled_when_a_launch_has_taken_its_time(place: Place) -> None:
    """It is accepted at once; the service hears of the servers when they serve, and of fewer at once."""
    assert (place.running, place.takes) == (1, "5")
    place.want(3)
    assert [status for status, _ in place.activities] == ["InProgress", "InProgress"]
    place.bench.clock.sleep(LAUNCH_SECONDS - 1)
    assert (place.running, place.takes) == (1, "5")
    place.bench.clock.sleep(2)
    assert (place.running, place.takes) == (3, "15")
    assert [status for status, _ in place.activities] == ["Successful", "Successful"]
    place.want(2)
    assert (place.running, place.takes) == (2, "10")
    sizes = [event.servers for _, event in place.bench.journal.history().of_kind(CapacityChanged)]
    assert sizes == [3, 2]


def test_without_capacity_the_call_succeeds_and_the_activity_fails(place: Place) -> None:
    """EC2 user guide, "Insufficient instance capacity"; Auto Scaling goes on trying until there are servers."""
    with place.servers.ec2.exhausted(REGION):
        place.want(2)
        assert place.activities[0][0] == "Failed"
        assert place.activities[0][1].startswith("We currently do not have sufficient t3.medium capacity")
        assert place.activities[0][1].endswith("Launching EC2 instance failed.")
        place.bench.clock.sleep(RETRY_SECONDS + 1)
        assert [status for status, _ in place.activities] == ["Failed", "Failed"]
        assert place.running == 1
        ec2 = place.client("ec2")
        wanted = {"InstanceType": "t3.medium", "InstancePlatform": "Linux/UNIX", "InstanceCount": 1}
        with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
            ec2.create_capacity_reservation(AvailabilityZone=f"{REGION}a", **wanted)
    place.bench.clock.sleep(RETRY_SECONDS + LAUNCH_SECONDS)
    assert place.running == 2
    reserved = ec2.create_capacity_reservation(AvailabilityZone=f"{REGION}a", **wanted)["CapacityReservation"]
    assert ec2.cancel_capacity_reservation(CapacityReservationId=reserved["CapacityReservationId"])["Return"]


def test_beyond_the_quota_nothing_is_launched(place: Place) -> None:
    """EC2 user guide, "On-Demand Instance quotas": seven vCPUs are three servers of two."""
    place.want(4)
    assert [status for status, _ in place.activities].count("InProgress") == 2
    place.bench.clock.sleep(LAUNCH_SECONDS + 1)
    assert place.running == 3
    failed = [event for _, event in place.bench.journal.history().of_kind(LaunchFailed)]
    assert {event.region for event in failed} == {REGION}
    assert "your current vCPU limit of 7 allows" in failed[0].reason
    quota = place.client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A")["Quota"]
    assert quota["Value"] == 7.0


def test_refusals_and_gaps_have_codes(place: Place) -> None:
    """Auto Scaling API reference, "Common errors"; what is not emulated says so."""
    cases = (
        (lambda: place.want(5), "ValidationError", "above max value 4"),
        (lambda: place.scaling.update_auto_scaling_group(AutoScalingGroupName="x"), "ValidationError", "not found"),
        (place.scaling.describe_policies, "NotImplemented", "gap of the harness"),
        (
            lambda: place.client("service-quotas").get_service_quota(ServiceCode="rds", QuotaCode="L-7B6409FD"),
            "NotImplemented",
            "gap of the harness",
        ),
    )
    for call, code, words in cases:
        with pytest.raises(ClientError, match=words) as error:
            call()
        assert error.value.response["Error"]["Code"] == code
    place.scaling.update_auto_scaling_group(AutoScalingGroupName=GROUP, MinSize=2)
    place.bench.clock.sleep(LAUNCH_SECONDS + 1)
    assert place.running == 2


def test_without_declared_capacity_ec2_has_servers(bench: Bench, tmp_path: Path) -> None:
    """There is no group then, and the service takes whatever comes."""
    with bench.clock.actors("Auto Scaling") as actors:
        servers = DeclaredServers(override(MINIMAL, {"capacity": None}), bench.clock, bench.journal, actors, tmp_path)
    assert servers.overlays == (servers.ec2,)
    assert servers.environment(Role.SECONDARY) == {}
    assert servers.ec2.launch_obstacle(REGION, "t3.medium", 2) is None
