"""What a script of the owner's may be told of the place where it runs, by the names of its placeholders."""

from __future__ import annotations

from collections.abc import Mapping

from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.backends.emulated.own_programs import LEASE_NAME, WITNESS_NAME, witness_address
from ziggie_harness.backends.emulated.world import service_address
from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.topology import Role, Topology


def script_settings(topology: Topology, zone_id: str, check_ids: Mapping[str, str]) -> Mapping[str, str]:
    """Return names, addresses and ids of a topology that lives; what it does not have is empty."""
    database, fencing = topology.database, topology.fencing
    name, record = next(iter(topology.records.items()))
    checks = {role: check_ids[entry.health_check] for role, entry in record.entries() if entry.health_check}
    return {
        "NAME": topology.host_name(name),
        "TTL": f"{record.ttl_seconds:g}",
        "PRIMARY_CHECK": checks.get(Role.PRIMARY, ""),
        "SECONDARY_CHECK": checks.get(Role.SECONDARY, ""),
        "ZONE_ID": zone_id,
        "PRIMARY_REGION": topology.region(Role.PRIMARY),
        "SECONDARY_REGION": topology.region(Role.SECONDARY),
        "PRIMARY_IP": service_address(topology, Role.PRIMARY),
        "SECONDARY_IP": service_address(topology, Role.SECONDARY),
        "PRIMARY": database.primary_instance if isinstance(database, RdsPostgres) else "",
        "REPLICA": database.replica_instance if isinstance(database, RdsPostgres) else "",
        "WITNESS": WITNESS_NAME,
        "WITNESS_IP": witness_address(topology),
        "LEASE": LEASE_NAME,
        "LEASE_SECONDS": f"{fencing.lease_seconds:g}" if fencing else "",
        "ALERT_TOPIC": _alert_topic(topology),
    }


def _alert_topic(topology: Topology) -> str:
    """Return the ARN of the topic by which the operator tells what was done; empty without one."""
    declared, alerts = topology.operator, topology.alerts
    if declared is None or declared.tells is None or alerts is None:
        return ""
    return f"arn:aws:sns:{topology.region(alerts.topics[declared.tells].region)}:{ACCOUNT}:{declared.tells}"
