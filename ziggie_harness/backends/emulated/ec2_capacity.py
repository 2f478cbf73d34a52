"""What EC2 has to give in each region: its servers may run out, and an account has a quota of vCPUs.

A capacity reservation asks for servers and launches none, so it tells whether there are any; the quotas are what
Service Quotas tells.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.emulation.autoscaling.groups import QUOTA_CODE, QUOTA_NAME
from ziggie_harness.emulation.autoscaling.launch_rules import Launch, obstacle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ziggie_harness.backends.emulated.calls import Call

NO_CAPACITY: Final = "InsufficientInstanceCapacity"
"""Source: EC2 API reference, "Error codes"; the status of a server's error is 500 there."""


class Ec2Capacity:
    """The servers that EC2 has left, by region, and an overlay of the gateway for who asks about them."""

    def __init__(self, quotas: Mapping[str, int], running: Callable[[str], int]) -> None:
        """Know the quotas of vCPUs by region, and what counts those that run there."""
        self._quotas, self._running = quotas, running
        self._exhausted: set[str] = set()
        self._numbers = itertools.count(1)

    @contextmanager
    def exhausted(self, region: str) -> Iterator[None]:
        """Have no server to give in a region for the block."""
        self._exhausted.add(region)
        try:
            yield
        finally:
            self._exhausted.discard(region)

    def launch_obstacle(self, region: str, instance_type: str, vcpus: int) -> str | None:
        """Return why EC2 does not launch one more server, or None."""
        exhausted, quota = region in self._exhausted, self._quotas.get(region)
        return obstacle(Launch(region, instance_type, vcpus, self._running(region), quota, exhausted))

    def handle(self, call: Call) -> Answer | None:
        """Answer what is asked about capacity reservations and quotas."""
        operations: Mapping[tuple[str, str], Callable[[Call], Answer]] = {
            ("ec2", "CreateCapacityReservation"): self._reserve,
            ("ec2", "CancelCapacityReservation"): lambda _: Answer({"Return": True}),
            ("service-quotas", "GetServiceQuota"): self._quota,
        }
        operation = operations.get((call.service, call.operation))
        return operation(call) if operation else None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave other answers alone."""
        return answer

    def _reserve(self, call: Call) -> Answer:
        """Promise servers, if there are any."""
        given = call.parameters
        wanted = Launch(call.region, given["InstanceType"], 0, 0, None, exhausted=call.region in self._exhausted)
        if text := obstacle(wanted):
            raise AwsError(NO_CAPACITY, text, HTTPStatus.INTERNAL_SERVER_ERROR)
        promised = {
            "CapacityReservationId": f"cr-{next(self._numbers):017x}",
            "InstanceType": given["InstanceType"],
            "TotalInstanceCount": given["InstanceCount"],
            "State": "active",
        }
        return Answer({"CapacityReservation": promised})

    def _quota(self, call: Call) -> Answer:
        """Tell the applied quota of vCPUs; of others nothing is known here."""
        asked = (call.parameters.get("ServiceCode"), call.parameters.get("QuotaCode"))
        value = self._quotas.get(call.region)
        if asked != ("ec2", QUOTA_CODE) or value is None:
            text = f"the quota {asked} in {call.region} is not emulated: this is a gap of the harness"
            raise AwsError("NotImplemented", text, HTTPStatus.NOT_IMPLEMENTED)
        told = {"ServiceCode": "ec2", "QuotaCode": QUOTA_CODE, "QuotaName": QUOTA_NAME, "Value": float(value)}
        return Answer({"Quota": {**told, "Unit": "None", "Adjustable": True, "GlobalQuota": False}})
