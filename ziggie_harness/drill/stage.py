"""What the steps of one scenario share: the settings of the run, and the drill once a step has provisioned it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from ziggie_harness.checks.readiness import Readiness
from ziggie_harness.drill.artefacts import digested
from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import probes_found
from ziggie_harness.drill.topology_file import placed, read_topology
from ziggie_harness.drill.variants import Variant, read_variants
from ziggie_harness.evidence.artefacts import Artefact
from ziggie_harness.model.errors import NotOffered, RequirementNotMet, ZiggieError
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import override
from ziggie_harness.model.verdict import Judgement, Verdict
from ziggie_harness.ports import Backend, Check

DATA: Final = Path(__file__).parent.parent / "fixtures" / "data"

ACTIVE_PASSIVE: Final = DATA / "topologies" / "active_passive.yaml"
"""The corrected design of the guide; a user may put one of their own in its place."""


def designs() -> Mapping[str, Path]:
    """Return the declared designs by the name that scenarios call them: that of the file, with hyphens."""
    return {path.stem.replace("_", "-"): path for path in sorted((DATA / "topologies").glob("*.yaml"))}


def variants() -> tuple[Variant, ...]:
    """Return the planted defects that scenarios can name."""
    return read_variants(DATA / "variants", designs())


@dataclass(frozen=True, slots=True)
class Settings:
    """How this run wants its drills."""

    backend: Backend
    own: tuple[Path, Path] | None
    """A design of the harness, and one of the user's own that takes its place."""
    skips: bool
    """Whether the clock skips idleness in what is measured; on the way to the steady state it always does."""


class Stage:
    """Where one scenario plays. A step provisions it, others act on its drill, its end tears everything down."""

    def __init__(self, settings: Settings, directory: Path, unsupported: Callable[[str], NoReturn]) -> None:
        """Prepare a stage; its drill writes to ``directory``, ``unsupported`` ends a scenario that cannot be played."""
        self.settings = settings
        self.directory = directory
        self.variant: Variant | None = None
        self.topology_path = ACTIVE_PASSIVE
        self.artefacts: Mapping[Path, Artefact] = {}
        self._unsupported = unsupported
        self._stack = ExitStack()
        self._drill: Drill | None = None

    @property
    def drill(self) -> Drill:
        """The drill; raises ZiggieError before a topology was provisioned."""
        if self._drill is None:
            raise ZiggieError(
                "nothing is provisioned yet",
                hint='begin the scenario with "Given the active-passive topology is in its steady state"',
            )
        return self._drill

    @property
    def played(self) -> Drill | None:
        """The drill, or None when the scenario ended before it provisioned anything."""
        return self._drill

    def require(self, needs: frozenset[Capability]) -> None:
        """End the scenario, with the reason, when the backend cannot do what it needs here."""
        if reason := self.settings.backend.limitation(needs):
            self._unsupported(reason)

    def provision(self, design: Path, variant: Variant | None) -> None:
        """Bring a topology, with a planted defect or as declared, to life and to its steady state."""
        own = self.settings.own
        self.topology_path = own[1] if own is not None and design == own[0] else design
        topology = read_topology(self.topology_path)
        if variant:
            topology = placed(override(topology, variant.overrides), self.topology_path)
        self.require(topology.needs)
        self.variant = variant
        self.artefacts = digested(topology, self.topology_path)
        self._drill = Drill(
            self.settings.backend,
            topology,
            tuple(probes_found().values()),
            self.directory,
            skips=self.settings.skips,
        )
        try:
            self._stack.enter_context(self._drill)
        except NotOffered as error:
            self._drill = None
            self._unsupported(str(error))
        self._drill.reach_steady_state()

    def hold(
        self, checks: Sequence[Check], *, rto_seconds: float | None = None, outage_seconds: float | None = None
    ) -> None:
        """Hold the history against checks; raise RequirementNotMet for the worst judgement unless all passed.

        ``rto_seconds`` is the promised recovery time, if one is judged: a recovery is waited for until it is too late;
        one outage may last ``outage_seconds``, if that is judged, and a longer one is not watched to its end.
        """
        self.drill.conclude(rto_seconds, outage_seconds=outage_seconds)
        judgements = [self.drill.judge(check) for check in checks]
        _demand(max(judgements, key=lambda judgement: judgement.verdict.severity))

    def examine(self, role: Role) -> None:
        """Look whether a region is ready to take over; raise RequirementNotMet unless it is. The drill goes on."""
        _demand(self.drill.examine(role, Readiness(self.drill.world.site(role))))

    def close(self, error: BaseException | None) -> None:
        """Tear the drill down; ``error`` is what ended the scenario, if anything did."""
        self._stack.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


def _demand(judgement: Judgement) -> None:
    """Raise RequirementNotMet unless a judgement is that all is well."""
    if judgement.verdict is not Verdict.PASSED:
        raise RequirementNotMet(judgement.check, judgement.sentence, judgement.verdict.value)
