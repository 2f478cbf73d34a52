"""What drills are doing right now, read from the histories that they are writing: phase, clock, what is awaited.

The histories are on disk event by event, so whoever watches them disturbs nobody, in whichever process a drill plays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.evidence.bundle import HISTORY, is_sealed

AWAITED: Final[Mapping[str, str]] = {
    "provision": "the regions with their servers",
    "steady state": "clients who are served without a break",
    "watch": "the blow",
    "strike": "the effect of the fault",
    "fail over": "clients who are served by the other region without a break",
    "return": "what the returned region does",
    "fail back": "clients who are served by the first region again",
    "check readiness": "what every examination finds",
    "test failover": "a copy of the standby, and a write on it",
    "clean up": "the end of the copy",
    "commit": "the witness and the name",
    "reprotect": "a replica that has everything",
    "judge": "what survived, and the checks",
    "tear down": "the end of every process",
}
"""What each phase of a drill waits for."""

CHUNK_BYTES: Final = 1 << 22
"""How much of a history is read at one look at most; the rest is read at the next one."""


@dataclass(slots=True)
class Playing:
    """One drill that is being played."""

    path: Path
    read_bytes: int = 0
    phase: str = ""
    at_seconds: float = 0.0
    skipped_seconds: float = 0.0
    why: str = ""
    """What happened last of that which is waited for."""
    sealed: bool = False

    @property
    def name(self) -> str:
        """The folder of the drill."""
        return self.path.name

    def sentence(self) -> str:
        """Tell where the drill is."""
        why = f" ({self.why})" if self.why else ""
        awaited = AWAITED.get(self.phase, "")
        return (
            f"{self.name}: {self.phase}, drill clock {self.at_seconds:.0f} s, {self.skipped_seconds:.0f} s skipped"
            + (f", waits for {awaited}{why}" if awaited else "")
        )

    def look(self) -> bool:
        """Read what was added, and say whether a new phase began."""
        phase = self.phase
        try:
            with (self.path / HISTORY).open("rb") as file:
                file.seek(self.read_bytes)
                added = file.read(CHUNK_BYTES)
        except OSError:
            added = b""
        whole, _, _ = added.rpartition(b"\n")
        self.read_bytes += len(whole) + bool(whole)
        for line in whole.splitlines():
            self._take(line)
        self.sealed = is_sealed(self.path)
        return self.phase != phase

    def _take(self, line: bytes) -> None:
        """Take one event in."""
        event = json.loads(line)
        self.at_seconds, self.skipped_seconds = event["at_seconds"], event["skipped_seconds"]
        match event["kind"]:
            case "PhaseEntered":
                self.phase, self.why = event["phase"], ""
            case "InstanceChanged":
                self.why = f"{event['instance']} is {event['state']}"
            case "StepTaken":
                self.why = event["step"]
            case "RequestEnded" if event["outcome"] != "acknowledged":
                self.why = f"a client was told: {event['reason']}"
            case "RequestEnded" if self.why.startswith("a client"):
                self.why = "clients are served"


class Progress:
    """Every drill that a run is playing."""

    def __init__(self, home: Path) -> None:
        """Watch the folder of a run's evidence; what is there already is of earlier runs."""
        self._home = home
        self._known = {path.name for path in _folders(home)}
        self._playing: dict[str, Playing] = {}

    def look(self) -> Iterator[Playing]:
        """Look once; yield the drills in which a new phase began."""
        for path in _folders(self._home):
            if path.name not in self._known:
                self._known.add(path.name)
                self._playing[path.name] = Playing(path)
        for drill in list(self._playing.values()):
            if drill.look():
                yield drill
            if drill.sealed:
                del self._playing[drill.name]

    @property
    def playing(self) -> tuple[Playing, ...]:
        """The drills that are not sealed yet."""
        return tuple(self._playing.values())


def _folders(home: Path) -> list[Path]:
    """Return the folders of drills, in the order of their names."""
    return sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
