"""How the page tells of the drill itself: its phases, faults, steps, scripts and notes."""

from __future__ import annotations

from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.told import Group, Shape, Told
from ziggie_harness.model.function_events import StopAsked
from ziggie_harness.model.history import (
    CallMade,
    FaultDidNotBite,
    FaultHealed,
    FaultProved,
    FaultStruck,
    Noted,
    PhaseEntered,
    ScriptEnded,
    StepTaken,
)
from ziggie_harness.model.rehearsal_events import CopyTried
from ziggie_harness.model.scaling_events import CapacityChanged, LaunchFailed

SERVED = 400
"""From this HTTP status on a call was refused."""


def of_phase(event: PhaseEntered, _: Places) -> Told:
    """A phase holds until the next one."""
    return Told(Group.DRILL, "phase", event.phase, shape=Shape.STATE)


def of_strike(event: FaultStruck, places: Places) -> Told:
    """A fault is a state of its lane until it is healed."""
    return _of_fault(event.fault, event.target, places, "in force", Tone.FAULT)


def of_proof(event: FaultProved, places: Places) -> Told:
    """That it bites is told while it goes on."""
    return _of_fault(event.fault, event.target, places, f"in force, shown by: {event.proof}", Tone.FAULT)


def of_blunt_fault(event: FaultDidNotBite, places: Places) -> Told:
    """A fault without an effect proves nothing."""
    return _of_fault(event.fault, event.target, places, f"without effect: {event.reason}", Tone.UNSURE)


def of_healing(event: FaultHealed, places: Places) -> Told:
    """After it the fault is no more."""
    return _of_fault(event.fault, event.target, places, "healed", Tone.GOOD)


def _of_fault(fault: str, target: str, places: Places, state: str, tone: Tone) -> Told:
    """A lane for each fault on each target."""
    return Told(Group.DRILL, f"{fault}: {places.target(target)}", state, tone, Shape.STATE)


def of_step(event: StepTaken, _: Places) -> Told:
    """A step of the failover was done at this moment."""
    return Told(Group.DRILL, "failover steps", f"{event.step}: {event.detail}")


def of_script(event: ScriptEnded, places: Places) -> Told:
    """A script of the owner's, with how it ended."""
    end = "interrupted" if event.interrupted else f"exit status {event.exit_status}"
    claim = "says that it has done its work" if event.claims else "does not say that it has done its work"
    tone = Tone.BAD if event.exit_status or event.interrupted else Tone.PLAIN
    text = f"{event.script} at {places.region(event.site)}: {end}, {claim}; it said last: {event.said.strip()}"
    return Told(Group.DRILL, "owner's scripts", text, tone, Shape.SPAN, event.started_seconds)


def of_note(event: Noted, _: Places) -> Told:
    """A sentence for the reader."""
    return Told(Group.DRILL, "notes", event.sentence)


def of_call(event: CallMade, places: Places) -> Told:
    """A call of an AWS API, by where it was made from."""
    ended = "no answer" if not event.status else str(event.status)
    text = f"{event.service} {event.operation} in {places.region(event.region)}: {ended} {event.error}".rstrip()
    tone = Tone.PLAIN if 0 < event.status < SERVED else Tone.BAD
    return Told(Group.CALLS, f"calls from {places.short(event.caller)}", text, tone)


def of_stop(event: StopAsked, _: Places) -> Told:
    """The owner wanted a stop from this moment on."""
    lasting = f" of {event.for_seconds:g} s" if event.for_seconds else ""
    return Told(Group.DRILL, "stops", f"{event.by} asks for a stop{lasting}", Tone.UNSURE)


def of_copy(event: CopyTried, places: Places) -> Told:
    """What a failover was tested with took a write and had it after a restart, or did not."""
    done = "took a write, and had it after a restart" if event.read_back else f"did not keep a write: {event.reason}"
    text = f"{event.tried} in {places.region(event.region)} {done}"
    return Told(Group.DRILL, "test failover", text, Tone.GOOD if event.read_back else Tone.BAD)


def of_capacity(event: CapacityChanged, places: Places) -> Told:
    """A region has so many servers until the next change."""
    text = f"{event.servers} servers of {event.desired} wanted"
    tone = Tone.GOOD if event.servers >= event.desired else Tone.UNSURE
    return Told(Group.REGIONS, f"servers in {places.region(event.region)}", text, tone, Shape.STATE)


def of_failed_launch(event: LaunchFailed, places: Places) -> Told:
    """A server that was wanted was not launched."""
    return Told(Group.REGIONS, f"launches in {places.region(event.region)}", event.reason, Tone.BAD)
