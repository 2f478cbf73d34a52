"""Declared alerting: what is read of it, and what cannot be so together."""

from __future__ import annotations

import pytest

from ziggie_harness.drill.stage import designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import document_of, override, topology_of

ALERTED = read_topology(designs()["alerted"])

WITHOUT = {"alerts": None, "operator.tells": None}
"""What leaves the alerts out, and the topic that the operator's scripts tell."""


def test_the_design_is_read_and_written_again() -> None:
    """What was declared is what is found, also after it was written as a document."""
    alerts = ALERTED.alerts
    assert alerts is not None
    assert alerts.topics["on-call"].region is Role.CONTROL_PLANE
    assert alerts.alarms["primary-down"].period_seconds == 60.0
    assert topology_of(document_of(ALERTED)) == ALERTED


def test_alerts_are_asked_of_a_backend_only_where_they_are_declared() -> None:
    """A design without alerts needs nobody who can deliver them."""
    assert Capability.ALERTS in ALERTED.needs
    assert Capability.ALERTS not in override(ALERTED, WITHOUT).needs


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"alerts.topics.on-call.receivers": ["nobody"]}, "a declared receiver (pager, duty-mailbox)"),
        ({"alerts.alarms.primary-down.health_check": "other"}, "a declared health check"),
        ({"alerts.alarms.primary-down.topics": ["other"]}, "a declared topic (on-call, done)"),
        ({"alerts.alarms.primary-down.region": "primary"}, "a topic in the primary region: AWS asks for it"),
        ({"alerts.alarms.primary-down.datapoints_to_alarm": 2}, "at most evaluation_periods, 1"),
        ({"alerts.rules": {"r": {"region": "primary", "pattern": {"source": ["a"]}}}}, "topics, buses or functions"),
        ({"alerts.alarms.primary-down.metric": "CPUUtilization"}, "'HealthCheckStatus'"),
        ({"alerts.receivers.pager.protocol": "pigeon"}, "'https' or 'email'"),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, object], part: str) -> None:
    """The key, what was found, and what was expected."""
    with pytest.raises(TopologyError) as error:
        override(ALERTED, changes)
    assert part in str(error.value)


def test_only_the_alerts_differ_from_the_active_passive_design() -> None:
    """The two files say the same of everything else, so that no drill of alerts is of another design."""
    assert override(ALERTED, WITHOUT) == read_topology(designs()["active-passive"])
