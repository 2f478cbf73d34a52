"""One drill: provision, steady state, watch, strike, fail over, judge, seal, tear down.

The order stands here and nowhere else. What hurts, what moves the service, what observes and what judges are plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ziggie_harness.drill import stability
from ziggie_harness.drill.loading import Loading
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.kernel.actors import NEVER, Group
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.database_events import WritesSurviving
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.history import (
    FAIL_BACK,
    FaultDidNotBite,
    FaultHealed,
    FaultProved,
    FaultStruck,
    History,
    Noted,
    PhaseEntered,
)
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.model.verdict import Judgement
from ziggie_harness.ports import Backend, Check, Failback, Failover, Fault, Probe, Signal, Verb, World

STEADY_CEILING_SECONDS: Final = 600.0
"""When a system that does not become steady counts as not provisioned."""

STEADY_SECONDS: Final = 10.0
"""For how long clients must be served before anything is hurt."""

PROOF_TRIES: Final = 3
PROOF_EVERY_SECONDS: Final = 1.0
"""A fault is given this many chances to show that it bites."""

STABLE_MARGIN_SECONDS: Final = 2.0
"""How much longer than the stability window is watched, so that a write that starts after its end is seen."""

REGIONS: Final = (Role.PRIMARY, Role.SECONDARY)


@dataclass(frozen=True, slots=True)
class _Blow:
    """A fault in force on a target, and its undo."""

    fault: str
    target: Role
    undo: ExitStack


class Drill:
    """One drill of one topology on one backend. Leaving its block heals, tears down and closes the history."""

    def __init__(
        self, backend: Backend, topology: Topology, probes: Sequence[Probe], directory: Path, *, skips: bool
    ) -> None:
        """Prepare a drill whose history and logs go to ``directory``.

        Without ``skips`` the time that is measured runs at wall speed. Provisioning is skipped all the same: AWS takes
        a quarter of an hour to make two databases, and nothing is measured before the steady state is reached.
        """
        self.topology = topology
        self.directory = directory
        self.judged: list[Judged] = []
        self.clock = DrillClock()
        self.journal = FileJournal(directory / "history.jsonl", self.clock)
        self._skips = skips
        self._backend = backend
        self._probes = tuple(probes)
        self._stack = ExitStack()
        self._blows: list[_Blow] = []
        self._world: World | None = None
        self._watch: Group | None = None
        self._failover: Group | None = None
        self._loading = Loading()
        self._moved: dict[str, Signal] = {}
        self._under_way: Signal | None = None
        self._concluded = False
        self._settled = False
        self._blow_seconds = 0.0

    def __enter__(self) -> Self:
        """Start the clock and provision the topology."""
        with ExitStack() as stack:
            stack.enter_context(self.journal)
            stack.enter_context(self.clock)
            stack.enter_context(self.clock.actor("drill"))
            self._enter("provision")
            self._world = stack.enter_context(
                self._backend.provision(self.topology, self.clock, self.journal, self.directory / "logs")
            )
            stack.callback(self._heal_all)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Heal every fault and tear everything down; what goes wrong here is added to the error, never hides it."""
        self._enter("tear down")
        try:
            self._stack.__exit__(kind, error, trace)
        except BaseException as failure:
            if error is None or failure is error:
                raise
            error.add_note(f"and the tear-down failed: {failure!r}")

    @property
    def world(self) -> World:
        """The provisioned system."""
        if self._world is None:
            raise ZiggieError("the drill has no system yet", hint="use it inside `with Drill(...) as drill:`")
        return self._world

    @property
    def history(self) -> History:
        """What happened so far."""
        return self.journal.history()

    def reach_steady_state(self) -> None:
        """Start the probes and wait until clients are served without a break. Raises WaitTimedOut."""
        self._enter("steady state")
        self._failover = self._stack.enter_context(self.clock.actors("failover"))
        self._observe()
        wait_until(
            self.clock,
            "the steady state",
            lambda: self._unsteady(STEADY_SECONDS),
            at_most_seconds=STEADY_CEILING_SECONDS,
            every_seconds=1.0,
        )
        if not self._skips:
            self.clock.stop_skipping()
        self._enter("watch")

    def strike(self, fault: Fault, target: Role, *, for_seconds: float | None = None) -> None:
        """Put a fault in force and look for its effect; with a length, undo it when that has passed."""
        self._await_failover(self.topology.objective.rto_seconds)
        self._enter("strike")
        self._settled = False
        undo = ExitStack()
        undo.enter_context(fault.strike(self.world, target))
        self._blows.append(_Blow(fault.name, target, undo))
        # A kill takes some 0.01 s. Recorded after it, a write acknowledged meanwhile counts as one before the fault.
        struck = self._blow_seconds = self.clock.now()
        self.journal.record(FaultStruck(fault.name, target))
        if self._watch is None:
            self._observe()
        self._prove(fault, target)
        if for_seconds is not None:
            self.clock.sleep_until(struck + for_seconds)
            self.heal(target)

    def precede(self, fault: Fault, target: Role, for_seconds: float) -> None:
        """Put something out of order before the disaster, unnoticed, and let clients go on for a while.

        It is no blow: recovery is measured from the disaster, and this is undone at the end of the drill.
        """
        undo = self._stack.enter_context(ExitStack())
        undo.enter_context(fault.strike(self.world, target))
        self.journal.record(Noted(f"before the disaster: {fault.name} of the {target} region, for {for_seconds:g} s"))
        self.clock.sleep(for_seconds)

    def join(self, probe: Probe) -> None:
        """Let one more probe observe, from now on."""
        self._probes = (*self._probes, probe)
        if self._watch is not None:
            self._start(probe, self._watch)

    def keep_quiet(self, for_seconds: float) -> None:
        """Let no client ask for anything from now on until the disaster, as at night; return after some time of it."""
        if self._watch is not None:
            self._watch.stop()
            self._watch.raise_failures()
            self._watch = None
        self.journal.record(Noted(f"no client asks for anything for {for_seconds:g} s, until the disaster"))
        self.clock.sleep(for_seconds)

    def load(self, writes_per_second: int, for_seconds: float, *, whole_transfers: bool = True) -> None:
        """Let clients write at a constant rate from now on, until the failover begins; return after some time of it."""
        self._loading.begin(self.world, writes_per_second, whole_transfers=whole_transfers)
        self.clock.sleep(for_seconds)

    def examine(self, role: Role, check: Check) -> Judgement:
        """Look whether a region is ready to take over, and let a check judge what was found; the drill goes on."""
        for event in self.world.examine(role):
            self.journal.record(event)
        return self._judge(check)

    def heal(self, target: Role) -> None:
        """Undo every fault on a target."""
        for blow in [blow for blow in reversed(self._blows) if blow.target is target]:
            self._blows.remove(blow)
            blow.undo.close()
            self.journal.record(FaultHealed(blow.fault, target))

    def bring_back(self, target: Role) -> None:
        """Undo every fault on a target, and watch for as long as a relapse would take to show.

        What a failover moved serves in peace first: a return into the middle of it would be another story.
        """
        self._await_failover(self.topology.objective.rto_seconds)
        if self._moved:
            self._await_stability(self._too_late_seconds(self.topology.objective.rto_seconds))
        self._enter("return")
        self.heal(target)
        self.clock.sleep(stability.aftermath_seconds(self.topology, target))
        self._settled = True

    def arm(self, failover: Failover) -> Signal:
        """Start a way of failover; return the signal that it has done what it does."""
        if failover.name in self._moved:
            return self._moved[failover.name]
        if self._failover is None:
            raise ZiggieError("nothing can fail over yet", hint="reach the steady state first")
        done = self._moved[failover.name] = self.clock.signal()

        def run() -> None:
            """Fail over; a step that never comes is part of the record, and the checks judge it."""
            try:
                failover.run(self.world)
            except ZiggieError as error:
                self.journal.record(Noted(f"failover by {failover.name} gave up: {error}"))
            finally:
                done.set()

        self._failover.start(f"failover by {failover.name}", run)
        return done

    def fail_over(self, failover: Failover) -> None:
        """Begin to fail over; whatever comes next waits until it is done, or too late for what is promised then."""
        self._loading.end()
        self._enter("fail over")
        self._settled = False
        self._under_way = self.arm(failover)

    def await_failover(self) -> None:
        """Wait until the failover under way, if one is, has done what it does, or is too late for the objective."""
        self._await_failover(self.topology.objective.rto_seconds)

    def watch_until(self, awaited: str, obstacle: Callable[[], str | None], at_most_seconds: float) -> None:
        """Go on watching until there is no obstacle, up to a time after the blow; a time-out is noted, checks judge."""
        left = max(0.0, self._blow_seconds + at_most_seconds - self.clock.now())
        try:
            wait_until(self.clock, awaited, obstacle, at_most_seconds=left, every_seconds=5.0)
        except WaitTimedOut as error:
            self.journal.record(Noted(str(error)))

    def act(self, verb: Verb) -> None:
        """Let the operator do something, after a failover under way; what never comes is noted, and checks judge it."""
        self._await_failover(self.topology.objective.rto_seconds)
        self._enter(verb.name)
        try:
            verb.run(self.world)
        except ZiggieError as error:
            self.journal.record(Noted(f"the operator gave up to {verb.name}: {error}"))

    def fail_back(self, failback: Failback) -> None:
        """Fail back and watch until clients are served; a step that never comes is noted, and the checks judge it."""
        self._await_failover(self.topology.objective.rto_seconds)
        self._enter(FAIL_BACK)
        try:
            failback.run(self.world)
        except ZiggieError as error:
            self.journal.record(Noted(f"failback by {failback.name} gave up: {error}"))
        # Who was served until its last step may be without service after it.
        self.clock.sleep(self.topology.objective.stability_window_seconds)
        self._await_stability(self.clock.now() + self.topology.objective.rto_seconds)
        self._settled = True

    def conclude(self, rto_seconds: float | None = None, *, outage_seconds: float | None = None) -> None:
        """Wait for stability, stop observing, and read what survived and what else shows. Done once, before judging.

        A recovery is waited for until it would be too late for ``rto_seconds``, or for the topology's objective.
        Where no outage may last longer than ``outage_seconds``, one that goes on is watched until it has.
        Without a recovery time to judge there is nothing to wait for when a return's aftermath was watched already.
        """
        if self._concluded:
            return
        self._concluded = True
        self._loading.end()
        promised_seconds = rto_seconds or self.topology.objective.rto_seconds
        if self._await_failover(promised_seconds):
            # Clients who have not noticed anything yet are not served stably: they may be on the old side of a cut.
            self.clock.sleep(self.topology.objective.stability_window_seconds)
        if rto_seconds is not None or not self._settled:
            enough_seconds = NEVER if outage_seconds is None else self.clock.now() + self._long_after(outage_seconds)
            self._await_stability(min(enough_seconds, self._too_late_seconds(promised_seconds)))
        self._enter("judge")
        for group in (self._failover, self._watch):
            if group:
                group.stop()
                group.raise_failures()
        for sentence in self.clock.overruled:
            self.journal.record(Noted(f"time was skipped although {sentence}, for that did not change for long"))
        for role in REGIONS:
            try:
                self.journal.record(WritesSurviving(self.world.site(role), tuple(self.world.written(role))))
            except ZiggieError as error:
                self.journal.record(Noted(f"what survived in the {role} region cannot be read: {error}"))
            self._loading.account(self.world, role)
        for event in self.world.inspect():
            self.journal.record(event)

    def judge(self, check: Check) -> Judgement:
        """Let a check judge the history; the drill is concluded first."""
        self.conclude()
        return self._judge(check)

    def _judge(self, check: Check) -> Judgement:
        """Let a check judge what happened so far, and keep what it says."""
        judgement = check.judge(self.history)
        self.judged.append(Judged.by(check, judgement))
        return judgement

    def _observe(self) -> None:
        """Start the probes."""
        watch = self._watch = self._stack.enter_context(self.clock.actors("probes"))
        for probe in self._probes:
            self._start(probe, watch)

    def _start(self, probe: Probe, watch: Group) -> None:
        """Start one probe."""
        watch.start(probe.name, lambda: probe.observe(self.world, watch))

    def _enter(self, phase: str) -> None:
        """Note the phase."""
        self.journal.record(PhaseEntered(phase))

    def _await_failover(self, rto_seconds: float) -> bool:
        """Wait until the failover under way has done what it does, or until it is too late; return whether one was."""
        if self._under_way is None:
            return False
        self._under_way.wait(self._too_late_seconds(rto_seconds))
        self._under_way = None
        return True

    def _too_late_seconds(self, rto_seconds: float) -> float:
        """The drill time from which a recovery would be too late for an objective, so that its verdict is certain."""
        return self._blow_seconds + self._long_after(rto_seconds)

    def _long_after(self, seconds: float) -> float:
        """Lengthen a promised time so that what takes as long has certainly broken the promise."""
        return seconds + 2 * self.topology.objective.stability_window_seconds

    def _unsteady(self, window_seconds: float) -> str | None:
        """Return why clients have not been served without a break for the last seconds, or None."""
        return stability.obstacle(self.history, self.clock.now(), window_seconds)

    def _await_stability(self, ends_at_seconds: float) -> None:
        """Wait until clients are served without a break, up to a drill time; a time-out is noted, and checks judge."""
        left = ends_at_seconds - self.clock.now()
        window = self.topology.objective.stability_window_seconds + STABLE_MARGIN_SECONDS
        try:
            wait_until(
                self.clock,
                "stable service",
                lambda: self._unsteady(window),
                at_most_seconds=max(0.0, left),
                every_seconds=1.0,
            )
        except WaitTimedOut as error:
            self.journal.record(Noted(str(error)))

    def _prove(self, fault: Fault, target: Role) -> None:
        """Look for the effect of a fault, and record what was seen."""
        for _ in range(PROOF_TRIES):
            if proof := fault.proof(self.world, target):
                self.journal.record(FaultProved(fault.name, target, proof))
                return
            self.clock.sleep(PROOF_EVERY_SECONDS)
        sentence = f"in {PROOF_TRIES} looks nothing showed that the {target} region was hurt"
        self.journal.record(FaultDidNotBite(fault.name, target, sentence))

    def _heal_all(self) -> None:
        """Undo every fault that is still in force."""
        for role in Role:
            self.heal(role)
