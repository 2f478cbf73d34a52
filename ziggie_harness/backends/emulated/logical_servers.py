"""The servers of a topology with logical replication: where they are, what they are set to, and whom they admit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ziggie_harness.backends.emulated.data_tier import Ground
from ziggie_harness.backends.emulated.owner_sql import SQL
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_install import ADMINISTRATOR, Installation
from ziggie_harness.backends.emulated.postgres_settings import Setup
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.databases import LogicalPostgres
from ziggie_harness.model.topology import Role

DATABASE: Final = "ziggie"
USER: Final = "ziggie"
REPLICATOR: Final = "replicator"
PORT: Final = 5432

PRINTED: Final = SQL / "logical_replication" / "printed"

SETTINGS: Final = {
    # What is applied is confirmed to the publisher when it is on disk, which the WAL writer otherwise does at leisure.
    "wal_writer_delay": "10ms",
}


def described(ground: Ground, declared: LogicalPostgres, installation: Installation, role: Role) -> PostgresServer:
    """Describe the server of a region, not started."""
    region = ground.topology.region(role)
    settings = {**_printed_settings(), **SETTINGS, **_slot_settings(declared.slot_cap_megabytes)}
    return PostgresServer(
        f"postgres-{role}",
        region,
        site_named(region).host(DATABASE_HOST),
        PORT,
        supervisor=ground.supervisor,
        network=ground.network,
        directory=ground.directory / f"postgres-{role}",
        installation=installation,
        setup=Setup(settings, _access_rules(ground, declared, role), ground.resolv_conf(region)),
    )


def _access_rules(ground: Ground, declared: LogicalPostgres, role: Role) -> str:
    """Return pg_hba.conf: the service and whoever is at work on the server itself, and the other region's server.

    The guide has none; without one replication is refused, and who is in a hurry admits everybody.
    """
    roles = (Role(declared.primary_role), Role(declared.replica_role))
    networks = {each: site_named(ground.topology.region(each)).network for each in roles}
    own = networks.pop(role)
    lines = [f"host all {user} {own} trust" for user in (ADMINISTRATOR, USER)]
    if declared.peers_only:
        lines += [f"host {DATABASE} {REPLICATOR} {peer} scram-sha-256" for peer in networks.values()]
    else:
        lines.append("host all all 0.0.0.0/0 scram-sha-256")
    return "\n".join(lines) + "\n"


def _slot_settings(cap_megabytes: int | None) -> Mapping[str, str]:
    """Return the settings that bound what a slot keeps, or that there is no bound.

    A checkpoint that finds a slot beyond its bound ends its sender and waits until it is gone. One that was sending
    into a cut link says goodbye first, for as long as TCP tries, a quarter of an hour; so TCP gives up.
    """
    if cap_megabytes is None:
        return {"max_slot_wal_keep_size": "-1"}
    return {"max_slot_wal_keep_size": f"{cap_megabytes}MB", "tcp_user_timeout": "2s"}


def _printed_settings() -> Mapping[str, str]:
    """Return the settings of the guide's postgresql.conf."""
    lines = (PRINTED / "postgresql.conf").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=") for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}
