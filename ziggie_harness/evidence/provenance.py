"""Provenance: what was drilled, with which tools, by whom, and how genuine it was."""

from __future__ import annotations

import functools
import getpass
import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.evidence.artefacts import Artefact
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES: Final = ("ziggie-harness", "moto", "boto3", "pytest", "pytest-bdd")
"""The packages whose version a reader needs to run a drill again."""


NOBODY: Final = "nobody"
"""Who approved a drill that nobody approved."""


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
class Planted:
    """The defect that a scenario planted in the declared design on purpose."""

    defect: str
    """The guide's defect, as in fixtures/data/defects.yaml."""
    phrase: str
    overrides: Mapping[str, object]
    """Dotted key paths of the design, and their other values."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The objectives that the design declares for its strategy."""

    rto_seconds: float
    rpo_seconds: float
    stability_window_seconds: float


@dataclass(frozen=True, slots=True)
class Design:
    """The design that was drilled: as somebody declared it, and as it was in effect."""

    text: str
    """The declaring file, whole."""
    planted: Planted | None
    effective: Mapping[str, object]
    """The design with every default and the planted defect, as plain mappings with the keys and units of the file."""
    promise: Promise

    @property
    def text_sha256(self) -> str:
        """The digest of the declaring file."""
        return _sha256(self.text)

    @property
    def effective_sha256(self) -> str:
        """The digest of the design in effect: comments and the order of keys do not change it."""
        return _sha256(json.dumps(self.effective, ensure_ascii=False, separators=(",", ":"), sort_keys=True))

    def document(self) -> Mapping[str, object]:
        """Return it as it stands in the bundle."""
        return {
            **_text(self.text),
            "planted": None if self.planted is None else asdict(self.planted),
            "effective": dict(self.effective),
            "effective_sha256": self.effective_sha256,
            "objectives": asdict(self.promise),
        }

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Design:
        """Read what `document` returned."""
        planted = fields["planted"]
        return Design(
            text=fields["text"],
            planted=None if planted is None else Planted(**planted),
            effective=fields["effective"],
            promise=Promise(**fields["objectives"]),
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
    design: Design
    checkout: Checkout
    machine: Machine
    approved_by: str = NOBODY
    """Who approved the drill, as whoever started it says."""
    artefacts: tuple[Artefact, ...] | None = ()
    """The code of the owner's that it ran; None in evidence from before that was recorded."""

    def document(self) -> Mapping[str, object]:
        """Return it as it stands in the bundle; times are in UTC."""
        return {
            "drill": self.drill,
            "requirement": self.requirement,
            "feature": {"name": self.feature, "scenario": self.scenario, **_text(self.feature_text)},
            "design": self.design.document(),
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
            "host": {"kernel": self.machine.kernel},
            "run_by": self.machine.user,
            "approved_by": self.approved_by,
            **({} if self.artefacts is None else {"artefacts": [one.document() for one in self.artefacts]}),
        }

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Provenance:
        """Read what `document` returned; raise KeyError, TypeError or ValueError for anything else."""
        return Provenance(
            drill=fields["drill"],
            requirement=fields["requirement"],
            feature=fields["feature"]["name"],
            scenario=fields["feature"]["scenario"],
            backend=fields["backend"],
            clock=fields["clock"]["kind"],
            capabilities={
                Capability(name): Offer(Fidelity[offer["fidelity"]], offer["behind"])
                for name, offer in fields["capabilities"].items()
            },
            started=datetime.fromisoformat(fields["started_utc"]),
            ended=datetime.fromisoformat(fields["ended_utc"]),
            drill_seconds=fields["clock"]["drill_seconds"],
            skipped_seconds=fields["clock"]["skipped_seconds"],
            seed=fields["seed"],
            feature_text=fields["feature"]["text"],
            design=Design.of(fields["design"]),
            checkout=Checkout(fields["git"]["commit"], fields["git"]["dirty"]),
            machine=Machine(fields["versions"], fields["host"]["kernel"], fields["run_by"]),
            approved_by=fields["approved_by"],
            artefacts=tuple(map(Artefact.of, fields["artefacts"])) if "artefacts" in fields else None,
        )


def _text(text: str) -> Mapping[str, str]:
    """Return a text with its digest."""
    return {"text": text, "sha256": _sha256(text)}


def _sha256(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _utc(moment: datetime) -> str:
    """Write a moment in UTC; raise ValueError for one that does not say its time zone, which proves nothing."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; take the time with datetime.now(UTC)")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


@functools.cache
def _installed(package: str) -> str:
    """Return a package's version, or nothing when it is not installed, as in a bare checkout.

    Once a process, as the package that this process has imported stays the same whatever is installed meanwhile.
    """
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
