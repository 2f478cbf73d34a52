"""Progress: what drills are doing is read from the histories that they are writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ziggie_harness.evidence.progress import Progress
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.history import PhaseEntered, StepTaken

if TYPE_CHECKING:
    from pathlib import Path


class Hands:
    """A clock that stands where the test puts it."""

    skipped_seconds = 590.0
    at_seconds = 600.0

    def now(self) -> float:
        """Return the time."""
        return self.at_seconds


def request(outcome: Outcome, reason: str = "") -> RequestEnded:
    """Return a write that ended so."""
    return RequestEnded("writer", "write", "w1", 1.0, outcome, "", "", reason)


def test_phase_clock_and_reason_are_told(tmp_path: Path) -> None:
    """A phase is told once, with what it waits for; the reason follows what clients and the failover say."""
    (tmp_path / "of-an-earlier-run").mkdir()
    progress = Progress(tmp_path)
    folder = tmp_path / "dark"
    folder.mkdir()
    assert list(progress.look()) == []
    with FileJournal(folder / "history.jsonl", Hands()) as journal:
        journal.record(PhaseEntered("fail over"))
        [playing] = progress.look()
        assert playing.sentence() == (
            "dark: fail over, drill clock 600 s, 590 s skipped, "
            "waits for clients who are served by the other region without a break"
        )
        journal.record(request(Outcome.REFUSED, "packets vanish"))
        assert list(progress.look()) == []
        assert progress.playing[0].sentence().endswith("without a break (a client was told: packets vanish)")
        journal.record(request(Outcome.ACKNOWLEDGED))
        journal.record(StepTaken("promoted", ""))
        assert list(progress.look()) == []
        assert progress.playing[0].why == "promoted"
        with (folder / "history.jsonl").open("ab") as file:
            file.write(b'{"half a line')
        assert list(progress.look()) == []
    (folder / "manifest.json").write_text("{}")
    assert list(progress.look()) == []
    assert progress.playing == ()


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """The run makes the folder of its evidence when it needs it."""
    progress = Progress(tmp_path / "later")
    assert list(progress.look()) == []
    assert progress.playing == ()
