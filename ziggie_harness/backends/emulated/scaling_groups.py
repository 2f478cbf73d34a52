"""EC2 Auto Scaling: a group of servers in each region that serves, and what a wish for more of them brings about.

A wish is accepted at once. Whether EC2 has the servers shows later, in the group's activities; Auto Scaling goes on
trying. What a region's servers take together is written to a file that its service reads.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.emulation.autoscaling.groups import (
    FAILED,
    IN_PROGRESS,
    RETRY_SECONDS,
    SUCCESSFUL,
    ZONES,
    Activity,
    Group,
)
from ziggie_harness.emulation.autoscaling.request_rules import VALIDATION, refusal
from ziggie_harness.model.scaling_events import CapacityChanged, LaunchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.ports import Actors, Clock, Journal

SERVICE: Final = "autoscaling"

LAUNCHING: Final = "Launching a new EC2 instance"


class ScalingGroups:
    """The groups of all regions, and an overlay of the gateway for Auto Scaling. Its other calls are gaps."""

    def __init__(  # noqa: PLR0913 - who launches what, and whom it is told
        self,
        clock: Clock,
        journal: Journal,
        actors: Actors,
        dates: DrillDates,
        *,
        launch_obstacle: Callable[[Group], str | None],
        launch_seconds: float,
        resized: Callable[[Group], None],
    ) -> None:
        """Know what EC2 says to a launch, how long one takes, and who is told how many servers a region has."""
        self._clock, self._journal, self._actors, self._dates = clock, journal, actors, dates
        self._launch_obstacle, self._launch_seconds, self._resized = launch_obstacle, launch_seconds, resized
        self._lock = threading.RLock()
        self._groups: dict[tuple[str, str], Group] = {}
        self._activities: dict[tuple[str, str], list[Activity]] = {}
        self._scaling: set[tuple[str, str]] = set()
        self._numbers = itertools.count(1)

    def create(self, groups: Iterable[Group]) -> None:
        """Have groups whose servers run already."""
        for group in groups:
            self._groups[group.region, group.name] = group
            self._activities[group.region, group.name] = []
            self._resized(group)

    def vcpus(self, region: str) -> int:
        """Return how many vCPUs run in a region, or start."""
        with self._lock:
            starting = sum(
                self._groups[key].vcpus
                for key, activities in self._activities.items()
                for activity in activities
                if key[0] == region and activity.status == IN_PROGRESS
            )
            return starting + sum(
                each.vcpus * each.in_service for each in self._groups.values() if each.region == region
            )

    def handle(self, call: Call) -> Answer | None:
        """Answer every call of Auto Scaling."""
        if call.service != SERVICE:
            return None
        given, name = call.parameters, call.parameters.get("AutoScalingGroupName", "")
        with self._lock:
            group = self._groups.get((call.region, name))
            if text := refusal(call.operation, given, group):
                raise AwsError(VALIDATION, text)
            if call.operation == "DescribeAutoScalingGroups":
                return Answer({"AutoScalingGroups": [self._described(each) for each in self._asked(call)]})
            if call.operation == "DescribeScalingActivities":
                return Answer({"Activities": self._told(call.region, name)})
            if group is None:
                text = f"autoscaling {call.operation} is not emulated: this is a gap of the harness"
                raise AwsError("NotImplemented", text, HTTPStatus.NOT_IMPLEMENTED)
            if call.operation == "SetDesiredCapacity":
                self._want(replace(group, desired=given["DesiredCapacity"]))
            else:
                self._want(group.sized(given.get("MinSize"), given.get("MaxSize"), given.get("DesiredCapacity")))
            return Answer({})

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave other services' answers alone."""
        return answer

    def _want(self, group: Group) -> None:
        """Keep a wish, and begin to fulfil it. Called under the lock."""
        key = group.region, group.name
        self._groups[key] = group
        if group.desired < group.in_service:
            self._keep(replace(group, in_service=group.desired))
        elif group.desired > group.in_service and key not in self._scaling:
            self._scaling.add(key)
            self._actors.start(f"Auto Scaling {group.region}", lambda: self._scale(key))

    def _scale(self, key: tuple[str, str]) -> None:
        """Launch servers until the group has what is desired; what EC2 refuses is tried again, without an end."""
        while True:
            with self._lock:
                group = self._groups[key]
                wanted = range(group.in_service, group.desired)
                if not wanted:
                    self._scaling.discard(key)
                    return
                begun = [activity for each in wanted if (activity := self._launch(group, each))]
            self._clock.sleep(self._launch_seconds if begun else RETRY_SECONDS)
            with self._lock:
                for activity in begun:
                    self._note(key, replace(activity, status=SUCCESSFUL, ended_seconds=self._clock.now()))
                if begun:
                    group = self._groups[key]
                    self._keep(replace(group, in_service=min(group.desired, group.in_service + len(begun))))

    def _launch(self, group: Group, running: int) -> Activity | None:
        """Ask EC2 for one server; return the activity that goes on, or None. Called under the lock."""
        now, key = self._clock.now(), (group.region, group.name)
        cause = (
            f"At {self._dates.now():%Y-%m-%dT%H:%M:%SZ} an instance was started in response to a difference between "
            f"desired and actual capacity, increasing the capacity from {running} to {running + 1}."
        )
        activity = Activity(f"activity-{next(self._numbers)}", now, LAUNCHING, cause, IN_PROGRESS)
        if (reason := self._launch_obstacle(group)) is None:
            self._note(key, activity)
            return activity
        text = f"{reason} Launching EC2 instance failed."
        described = f"{LAUNCHING}.  Status Reason: {text}"
        self._note(key, replace(activity, status=FAILED, message=text, description=described, ended_seconds=now))
        self._journal.record(LaunchFailed(group.name, group.region, reason))
        return None

    def _note(self, key: tuple[str, str], activity: Activity) -> None:
        """Keep an activity as it is now. Called under the lock."""
        others = [each for each in self._activities[key] if each.identity != activity.identity]
        self._activities[key] = [*others, activity]

    def _keep(self, group: Group) -> None:
        """Keep how many servers a group has, and tell it. Called under the lock."""
        self._groups[group.region, group.name] = group
        self._resized(group)
        self._journal.record(CapacityChanged(group.name, group.region, group.in_service, group.desired))

    def _asked(self, call: Call) -> list[Group]:
        """Return the groups of a region that are asked for, all unless some are named."""
        names = call.parameters.get("AutoScalingGroupNames") or []
        return [
            each for each in self._groups.values() if each.region == call.region and (not names or each.name in names)
        ]

    def _told(self, region: str, name: str) -> list[Mapping[str, Any]]:
        """Return the activities of a group, the newest first (botocore service model, shape Activity)."""
        return [
            {
                "ActivityId": each.identity,
                "AutoScalingGroupName": name,
                "Description": each.description,
                "Cause": each.cause,
                "StartTime": self._dates.at(each.started_seconds),
                **({} if each.ended_seconds is None else {"EndTime": self._dates.at(each.ended_seconds)}),
                "StatusCode": each.status,
                **({"StatusMessage": each.message} if each.message else {}),
                "Progress": 50 if each.status == IN_PROGRESS else 100,
            }
            for each in reversed(self._activities.get((region, name), []))
        ]

    def _described(self, group: Group) -> Mapping[str, Any]:
        """Write a group as AWS does (botocore service model, shape AutoScalingGroup)."""
        zones = [f"{group.region}{letter}" for letter in ZONES]
        return {
            "AutoScalingGroupName": group.name,
            "MinSize": group.minimum,
            "MaxSize": group.maximum,
            "DesiredCapacity": group.desired,
            "DefaultCooldown": 300,
            "AvailabilityZones": zones,
            "HealthCheckType": "EC2",
            "CreatedTime": self._dates.at(0.0),
            "Instances": [
                {
                    "InstanceId": f"i-{number:017x}",
                    "InstanceType": group.instance_type,
                    "AvailabilityZone": zones[number % len(zones)],
                    "LifecycleState": "InService",
                    "HealthStatus": "Healthy",
                    "ProtectedFromScaleIn": False,
                }
                for number in range(group.in_service)
            ],
        }
