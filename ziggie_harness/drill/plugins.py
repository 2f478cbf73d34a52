"""The plugins that this installation has, found by their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ziggie_harness import backends, failbacks, failovers, faults, probes, verbs
from ziggie_harness.kernel.registry import Registry, discover
from ziggie_harness.ports import Backend, Failback, Failover, Fault, Probe, Verb


def faults_found() -> Registry[Fault]:
    """Return every fault by name."""
    return cast(Registry[Fault], discover(faults, "fault", ("phrase", "needs", "strike", "proof")))


def failovers_found() -> Registry[Failover]:
    """Return every failover by name."""
    return cast(Registry[Failover], discover(failovers, "failover", ("phrase", "needs", "run")))


def failbacks_found() -> Registry[Failback]:
    """Return every way back by name."""
    return cast(Registry[Failback], discover(failbacks, "failback", ("phrase", "needs", "run")))


def verbs_found() -> Registry[Verb]:
    """Return everything that an operator may do, by name."""
    return cast(Registry[Verb], discover(verbs, "verb", ("phrase", "needs", "run")))


def probes_found() -> Mapping[str, Probe]:
    """Return every probe by name."""
    return cast(Registry[Probe], discover(probes, "probe", ("observe",))).plugins


def backends_found() -> Registry[Backend]:
    """Return every backend by name."""
    return cast(Registry[Backend], discover(backends, "backend", ("offers", "limitation", "provision")))
