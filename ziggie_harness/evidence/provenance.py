"""Provenance: what was drilled, with which tools, by whom, and how genuine it was."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ziggie_harness.model.fidelity import Capability, Offer

PACKAGES: Final = ("ziggie-harness", "moto", "boto3", "pytest", "pytest-bdd")
"""The packages whose version a reader needs to run a drill again."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The state of the source that drilled; an empty commit when it was no checkout."""

    commit: str = ""
    dirty: bool | None = None
    """Whether files differed from the commit; None when nobody knows."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a drill ran: versions of the tools by their names, and the host."""

    versions: Mapping[str, str]
    kernel: str
    user: str

    @staticmethod
    def here(**versions: str) -> Machine:
        """Describe this machine; `versions` adds what only the caller knows, such as `postgres="18.1"`."""
        installed = {package: found for package in PACKAGES if (found := _installed(package))}
        return Machine(
            versions={"python": platform.python_version(), **installed, **versions},
            kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
            user=_user(),
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything that tells one drill from another; texts are kept whole, each with its SHA-256."""

    drill: str
    """The drill's id, which everything that it created carries."""
    requirement: str
    feature: str
    scenario: str
    backend: str
    clock: str
    """`skipping` or `wall`."""
    capabilities: Mapping[Capability, Offer]
    """Every capability that the drill used, with its fidelity and what stands behind it."""
    started: datetime
    ended: datetime
    drill_seconds: float
    skipped_seconds: float
    seed: int
    feature_text: str
    topology_text: str
    checkout: Checkout
    machine: Machine

    def document(self) -> Mapping[str, object]:
        """Return it as it stands in the bundle; times are in UTC."""
        return {
            "drill": self.drill,
            "requirement": self.requirement,
            "feature": {"name": self.feature, "scenario": self.scenario, **_text(self.feature_text)},
            "topology": _text(self.topology_text),
            "backend": self.backend,
            "capabilities": {
                capability.value: {"fidelity": offer.fidelity.name, "behind": offer.behind}
                for capability, offer in self.capabilities.items()
            },
            "clock": {
                "kind": self.clock,
                "drill_seconds": round(self.drill_seconds, 6),
                "skipped_seconds": round(self.skipped_seconds, 6),
            },
            "started_utc": _utc(self.started),
            "ended_utc": _utc(self.ended),
            "seed": self.seed,
            "git": {"commit": self.checkout.commit, "dirty": self.checkout.dirty},
            "versions": dict(self.machine.versions),
            "host": {"kernel": self.machine.kernel, "user": self.machine.user},
        }


def _text(text: str) -> Mapping[str, str]:
    """Return a text with its digest."""
    return {"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _utc(moment: datetime) -> str:
    """Write a moment in UTC; raise ValueError for one that does not say its time zone, which proves nothing."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; take the time with datetime.now(UTC)")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _installed(package: str) -> str:
    """Return a package's version, or nothing when it is not installed, as in a bare checkout."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _user() -> str:
    """Return who runs this: a name, or the number of a user without one, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
