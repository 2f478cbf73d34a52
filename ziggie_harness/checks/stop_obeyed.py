"""The big red button works: while its owner wants a stop, nothing that moves the service is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.function_events import FunctionStarted, StopAsked
from ziggie_harness.model.history import CallMade, History, ScriptEnded
from ziggie_harness.model.timeline import MOVES, blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

NOTICE_SECONDS: Final = 30.0
"""How long whatever is at work may take to notice the stop: twice the pause of the corrected function."""


@dataclass(frozen=True, slots=True)
class StopObeyed:
    """From `NOTICE_SECONDS` after a stop was asked for until it lapses no call moves the service.

    A script that is aborted ends within `NOTICE_SECONDS`, and not with status 0. Source: AWS Well-Architected
    REL13-BP05, the "big red stop button". Without a run at work before the stop it is not known whether one would have
    obeyed.
    """

    name: ClassVar[str] = "stop-obeyed"

    def judge(self, history: History) -> Judgement:
        """Judge what was done in spite of each stop."""
        objection = blow(history).objection
        stops = [*history.of_kind(StopAsked)]
        if objection is None and not stops:
            objection = "nobody asked for a stop"
        if objection is None and not any(_at_work(history, at) for at, _ in stops):
            objection = "nothing was at work when the stop was asked for"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        spites = [spite for at, stop in stops for spite in (*_calls(history, at, stop), *_scripts(history, at, stop))]
        numbers = (Measurement("deeds in spite of a stop", len(spites), "deeds", 0),)
        if spites:
            return Judgement(self.name, Verdict.FAILED, spites[0], numbers)
        asked = ", ".join(f"{stop.by} asked for a stop at {at:.1f} s" for at, stop in stops)
        return Judgement(self.name, Verdict.PASSED, f"{asked}, and nothing went on in spite of it", numbers)


def _at_work(history: History, at_seconds: float) -> bool:
    """Say whether a function had begun before a moment, or a script ran at it."""
    return any(begun < at_seconds for begun, _ in history.of_kind(FunctionStarted)) or any(
        script.started_seconds < at_seconds <= ended for ended, script in history.of_kind(ScriptEnded)
    )


def _calls(history: History, asked_seconds: float, stop: StopAsked) -> Iterator[str]:
    """Yield each call that moves the service while a stop is in force."""
    for at, call in history.of_kind(CallMade):
        noticed = asked_seconds + NOTICE_SECONDS <= at < asked_seconds + stop.for_seconds
        if noticed and (call.service, call.operation) in MOVES:
            who = call.role.rpartition("/")[2] or call.caller
            yield (
                f"{stop.by} asked for a stop at {asked_seconds:.1f} s, and {at - asked_seconds:.1f} s later {who} in "
                f"{call.caller} called {call.service} {call.operation} all the same"
            )


def _scripts(history: History, asked_seconds: float, stop: StopAsked) -> Iterator[str]:
    """Yield each script that was aborted and went on."""
    for ended, script in history.of_kind(ScriptEnded):
        if not script.interrupted or not script.started_seconds < asked_seconds <= ended:
            continue
        lasted = ended - asked_seconds
        if lasted > NOTICE_SECONDS or script.exit_status == 0:
            name = script.script.rpartition("/")[2]
            yield (
                f"{stop.by} aborted {name} at {asked_seconds:.1f} s, and it went on for {lasted:.1f} s and ended with "
                f"status {script.exit_status}"
            )
