"""The history of drills: nothing twice, nothing lost, and what it says of a scenario."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from ziggie_harness.cli import main
from ziggie_harness.evidence.past import Past, PastDrill
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import read_run
from ziggie_harness.evidence.trends import flaky, regressions, trends
from ziggie_harness.model.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.evidence.runs.conftest import Runs

DRILL = PastDrill(
    root_sha256="d0",
    run="2026-03-01-1",
    requirement="REQ-DR-01",
    feature="Losing the primary region",
    scenario="The primary region goes dark",
    drill="dark",
    sabotage=False,
    ending=Ending.PASSED,
    sentence="",
    rto_seconds=160.0,
    rto_objective_seconds=900.0,
    rpo_seconds=0.0,
    rpo_objective_seconds=5.0,
    lost_writes=0,
    drill_seconds=800.0,
    skipped_seconds=780.0,
    fidelity="EMULATED",
    backend="embedded",
    clock="skipping",
    design_sha256="abc",
    commit_id="0123",
    dirty=False,
    started_utc="2026-03-01T12:00:00.000+00:00",
    ended_utc="2026-03-01T12:00:05.000+00:00",
)


def drills(*rto_seconds: float | None, **differs: Any) -> list[PastDrill]:  # noqa: ANN401 - any field of a drill
    """Return drills with these recovery times, one a day."""
    return [
        replace(DRILL, root_sha256=f"d{day}", rto_seconds=rto, ended_utc=f"2026-03-{day:02}T12:00:00Z", **differs)
        for day, rto in enumerate(rto_seconds, start=1)
    ]


def ask(runs: Runs, *arguments: str) -> Result:
    """Run a command of the history on a file of the test's own."""
    return CliRunner().invoke(main, ["history", *arguments, "--database", str(runs.home / "history.sqlite")])


def test_an_import_twice_keeps_each_drill_once(runs: Runs) -> None:
    """The digest of a bundle is its name, wherever the folder is."""
    run = runs.run(runs.told("One"), runs.told("Two", Ending.FAILED), runs.told("Three", Ending.SKIPPED))
    assert ask(runs, "import", str(run)).output == f"{run}: 2 of 2 drills are new\n"
    moved = run.rename(run.with_name("moved"))
    assert ask(runs, "import", str(moved)).output == f"{moved}: 0 of 2 drills are new\n"
    kept = Past(runs.home / "history.sqlite").drills()
    assert {drill.scenario: drill.ending for drill in kept} == {"One": Ending.PASSED, "Two": Ending.FAILED}
    assert set(kept) == {replace(PastDrill.of(bundle), run="run") for bundle in read_run(moved).bundles}


def test_a_changed_bundle_is_not_kept(runs: Runs) -> None:
    """Evidence that was changed shows nothing, and nothing of its run is kept."""
    run = runs.run(runs.told("One"), runs.told("Two"))
    log = run / "drill-1" / "logs" / "added.log"
    log.write_text("later")
    result = ask(runs, "import", str(run))
    assert (result.exit_code, "added.log: additional" in result.output) == (3, True)
    assert Past(runs.home / "history.sqlite").drills() == ()


def test_what_a_killed_run_had_sealed_is_kept(runs: Runs) -> None:
    """A drill that was sealed happened, whatever became of the rest of its run."""
    run = runs.run(runs.told(), complete=False)
    (run / "half" / "logs").mkdir(parents=True)
    assert ask(runs, "import", str(run)).output == f"{run}: 1 of 1 drills are new\n"


def test_importers_wait_for_each_other(tmp_path: Path) -> None:
    """Eight imports at once, half of them of the same drills, lose nothing and keep nothing twice."""
    batches = [[replace(DRILL, root_sha256=f"{batch % 4}-{number}") for number in range(50)] for batch in range(8)]
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda batch: Past(tmp_path / "new" / "history.sqlite").keep(batch), batches))
    assert sum(added) == len(Past(tmp_path / "new" / "history.sqlite").drills()) == 200


DYING = """
import os, signal, sys
from pathlib import Path
from ziggie_harness.evidence.past import Past, PastDrill

def dying(lines):
    for line in lines[:-1]:
        yield PastDrill.decode(line)
    os.kill(os.getpid(), signal.SIGKILL)

Past(Path(sys.argv[1])).keep(dying(sys.stdin.read().splitlines()))
"""


def test_a_killed_import_leaves_all_or_nothing(tmp_path: Path) -> None:
    """What was kept before stays, nothing of the half import does, and the next one is not in its way."""
    path = tmp_path / "history.sqlite"
    before, after = drills(160.0), drills(160.0, 170.0, 180.0)
    Past(path).keep(before)
    lines = "\n".join(drill.encode() for drill in after)
    died = subprocess.run([sys.executable, "-c", DYING, str(path)], input=lines, text=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert Past(path).drills() == tuple(before)
    assert Past(path).keep(after) == 2


def test_an_export_is_imported_elsewhere(runs: Runs) -> None:
    """The same drills come out of another file."""
    run = runs.run(runs.told("One"), runs.told("Two", Ending.UNKNOWN, rto_seconds=None))
    ask(runs, "import", str(run))
    exported = runs.home / "export.jsonl"
    assert ask(runs, "export", "--output", str(exported)).exit_code == 0
    assert exported.read_text(encoding="utf-8") == ask(runs, "export").output
    other = runs.home / "other.sqlite"
    result = CliRunner().invoke(main, ["history", "import", str(exported), "--database", str(other)])
    assert result.output == f"{exported}: 2 of 2 drills are new\n"
    assert Past(other).drills() == Past(runs.home / "history.sqlite").drills()


@pytest.mark.parametrize(
    "line",
    ["no json", "[]", "{}", DRILL.encode().replace('"passed"', '"won"'), DRILL.encode().replace("160.0", '"160"')],
)
def test_what_is_no_export_is_refused(runs: Runs, line: str) -> None:
    """The file and the line are named, and nothing is kept."""
    path = runs.home / "export.jsonl"
    path.write_text(f"{DRILL.encode()}\n{line}\n")
    result = ask(runs, "import", str(path))
    assert (result.exit_code, f"{path}:2: the line is no drill" in result.output) == (3, True)
    assert Past(runs.home / "history.sqlite").drills() == ()


def test_a_file_that_is_no_history_is_told(runs: Runs) -> None:
    """A text file, and a history of a later version, are refused with what to do."""
    path = runs.home / "history.sqlite"
    path.write_text("no database, and long enough to be one " * 30)
    result = ask(runs, "list")
    assert (result.exit_code, "cannot be used" in result.output, "next:" in result.output) == (3, True, True)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(EvidenceError, match="has version 7, expected 1"):
        Past(path).drills()


def test_trends_put_together_what_is_alike() -> None:
    """Another design is another distribution; sixty drills give a bound for p95, and fewer say how many it takes."""
    many = drills(*map(float, range(101, 161)))
    other = drills(500.0, design_sha256="def")
    [first, second] = trends([*many, *other])
    assert [len(each.drills) for each in (first, second)] == [60, 1]
    [rto, rpo] = first.distributions
    assert (rto.n, rto.p50, rto.p95, rto.p95_at_most) == (60, 130.0, 157.0, 160.0)
    assert rto.sentence() == (
        "RTO p50 130.0 s (at most 137.0 s with 95% confidence), p95 157.0 s (at most 160.0 s with 95% confidence), "
        "largest 160.0 s of 900 s, n 60"
    )
    assert rpo.objective == 5.0
    assert "p95 500.0 s (no bound below 59 drills)" in second.distributions[0].sentence()
    assert trends(many, "REQ-DR-01") == trends(many, "goes DARK") == (first,)
    assert trends(many, "secondary") == ()


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (drills(*[160.0] * 19, 161.0), ["RTO 161.0 s in 2026-03-01-1, at most 160.0 s in all of 19 drills before"]),
        (drills(*[160.0] * 18, 900.0), []),
        (drills(*[160.0] * 20), []),
        (drills(160.0)[:1] + drills(None, None, ending=Ending.FAILED, sentence="no service")[1:], ["failed in"]),
        (drills(None, None, ending=Ending.FAILED), []),
        (drills(160.0, None)[:1] + drills(None, None, ending=Ending.PASSED)[1:], []),
    ],
)
def test_what_got_worse_is_named(past: Sequence[PastDrill], words: list[str]) -> None:
    """A worse ending at once, a worse number once chance is an explanation in one drill of twenty at most."""
    found = list(regressions(past[::-1]))
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


def test_what_wavers_is_named() -> None:
    """One clean commit, one design, two endings; anything that differs is a reason, and no wavering."""
    passed, failed = drills(160.0, 160.0)[:1], drills(160.0, 160.0, ending=Ending.FAILED)[1:]
    [sentence] = flaky([*passed, *failed])
    assert sentence.endswith("The primary region goes dark: 1 times failed, 1 times passed on commit 0123")
    differences: list[dict[str, Any]] = [
        {"commit_id": "4567"}, {"dirty": True}, {"design_sha256": "def"}, {"commit_id": ""},
    ]  # fmt: skip
    for difference in differences:
        assert not list(flaky([*passed, *(replace(drill, **difference) for drill in failed)]))


def test_the_commands_tell_what_is_kept(runs: Runs) -> None:
    """A line a run; a trend with its numbers; the status tells that something got worse."""
    assert "Nothing is kept yet" in ask(runs, "list").output
    older = runs.run(runs.told(ended=runs.noon - timedelta(days=1)), name="older")
    ask(runs, "import", str(older))
    assert ask(runs, "trend").exit_code == 0
    newer = runs.run(runs.told(ending=Ending.FAILED), runs.told("Other"), name="newer")
    ask(runs, "import", str(newer))
    told = [line.split("  ")[1:] for line in ask(runs, "list").output.splitlines()]
    assert told == [["older", "1 drills: 1 passed"], ["newer", "2 drills: 1 passed, 1 failed"]]
    worse = ask(runs, "trend", "goes dark")
    assert worse.exit_code == 1
    assert "RTO p50 160.0 s" in worse.output
    assert (
        "got worse: REQ-DR-01 Losing the primary region: The primary region goes dark: failed in newer" in worse.output
    )
    assert "flaky: REQ-DR-01" in worse.output
    listed = json.loads(ask(runs, "trend", "goes dark", "--json").output)
    assert [drill["ending"] for drill in listed["trends"][0]["drills"]] == ["passed", "failed"]
    assert [run["run"] for run in json.loads(ask(runs, "list", "--json").output)] == ["older", "newer"]
