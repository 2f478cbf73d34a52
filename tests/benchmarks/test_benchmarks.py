"""What the benchmarks compute from what they saw; how fast this machine is, no test asks."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def error(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of the measurement's error."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import measurement_error  # noqa: PLC0415 - found from the checkout's root only

    return measurement_error


@pytest.fixture
def speed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of the suite's speed."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import suite_speed  # noqa: PLC0415 - found from the checkout's root only

    return suite_speed


@pytest.mark.parametrize(
    ("reported", "truth", "met"),
    [(7.25, 7.0, True), (6.74, 7.0, False), (605.9, 600.0, True), (593.0, 600.0, False), (0.0, 0.0, True)],
)
def test_the_aim_is_one_percent_or_a_quarter_second(
    error: ModuleType, reported: float, truth: float, *, met: bool
) -> None:
    """Whichever of the two is larger counts, in both directions."""
    assert error.within_aim(reported, truth) is met


def judged(lost: int, age_seconds: float, *identities: str) -> Judgement:
    """Return a judgement that reports a loss."""
    numbers = (Measurement("RPO", age_seconds, "s", 5), Measurement("lost writes", lost, "writes"))
    return Judgement(RecoveryPoint.name, Verdict.PASSED, f"lost: {', '.join(identities)}", numbers)


@pytest.mark.parametrize(
    ("judgement", "met"),
    [
        (judged(2, 4.0, "ledger-000011", "ledger-000012"), True),
        (judged(1, 4.0, "ledger-000011"), False),
        (judged(2, 4.0, "ledger-000010", "ledger-000011"), False),
        (judged(2, 3.0, "ledger-000011", "ledger-000012"), False),
        (Judgement(RecoveryPoint.name, Verdict.UNKNOWN, "nobody looked"), False),
    ],
    ids=["exact", "one too few", "others", "too young", "no number"],
)
def test_a_loss_is_compared_write_by_write(error: ModuleType, judgement: Judgement, *, met: bool) -> None:
    """The aim is met by the right number of the right writes at the right age only."""
    doomed = [error.Entry("ledger-000011", 6.0), error.Entry("ledger-000012", 6.2)]
    finding = error.compared(error.Loss("region outage", 10, 2), "skip", judgement, doomed, 10.0)
    assert finding.met is met


def test_every_case_names_a_fault_that_exists(error: ModuleType) -> None:
    """What the tables inject can be found."""
    known = error.faults_found().plugins.keys()
    cases = [case for table in (error.OUTAGES, error.LOSSES) for row in table.values() for case in row]
    assert {case.fault for case in cases} <= known


def repeat(speed: ModuleType, *verdicts: str) -> object:
    """Return a run of one scenario with these verdicts."""
    played = speed.Played("losing-the-primary", verdicts, 4.0, 1200.0, 1196.0)
    return speed.Repeat(0, 10.0, 16.0, 5.0, 300 * 1024 * 1024, (played,), "")


def test_repeats_that_disagree_are_named(speed: ModuleType) -> None:
    """A scenario with other verdicts in one run is told with how often each came."""
    same, other = repeat(speed, "recovery-time PASSED"), repeat(speed, "recovery-time FAILED")
    assert speed.disagreements([same, same]) == []
    [sentence] = speed.disagreements([same, same, other])
    assert sentence == "losing-the-primary: recovery-time PASSED (2 x); recovery-time FAILED (1 x)"


def test_the_report_tells_wall_against_drill_time(speed: ModuleType) -> None:
    """Wall, drill, skipped time and memory stand in the report, with the longest drill."""
    text = "\n".join(speed.report([repeat(speed, "recovery-time PASSED")] * 2))
    assert "2400 s, of which 2392 s skipped: 120 s per second of wall" in text
    assert "300 MiB" in text
    assert "the same in every run" in text


def test_arguments_behind_the_dashes_go_to_pytest(speed: ModuleType) -> None:
    """Ours come first, theirs after `--`."""
    asked = speed.options(["-n", "1", "-k", "dark", "features/dns", "--", "-p", "no:cacheprovider"])
    command = speed.pytest_command(asked)[3:]
    assert command[:2] == ("features/dns", "-q")
    assert command[-6:] == ("-n", "1", "-k", "dark", "-p", "no:cacheprovider")


def test_without_a_place_the_core_features_run(speed: ModuleType) -> None:
    """They are those whose speed has an aim, and each is there."""
    places = speed.options([]).places
    assert places == list(speed.CORE)
    assert all((ROOT / place).exists() for place in places)


def test_memory_counts_everything_below_a_process(speed: ModuleType) -> None:
    """Children of children belong to it, strangers do not; a process has some memory."""
    from benchmarks import processes  # noqa: PLC0415 - see the fixtures

    assert speed.memory_bytes(os.getpid()) > 0
    assert processes.descendants(1, [(2, 1), (3, 2), (9, 8)]) == [1, 2, 3]


@pytest.fixture
def parity(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of parity."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import parity as module  # noqa: PLC0415 - found from the checkout's root only

    return module


def test_parity_is_judged_beside_its_peer(parity: ModuleType) -> None:
    """Memory, the right answer, and being five times as fast in the same case are told one by one."""
    costs = [
        parity.Cost("postgres", "equal", 2.0, 4.0, 90 << 20, right=True),
        parity.Cost("reladiff", "equal", 9.0, 24.0, 60 << 20, right=True),
        parity.Cost("mongo", "equal", 2.0, 4.0, 300 << 20, right=False),
        parity.Cost("plain", "10 differ", 20.0, 20.0, 90 << 20, right=True),
    ]
    assert list(parity.judged(costs)) == [
        "met: postgres, equal: 90 MiB of 200",
        "missed: postgres, equal: 4.5 x as fast as reladiff, 6.0 x in processor time",
        "wrong: mongo, equal",
        "missed: mongo, equal: 300 MiB of 200",
    ]


def test_a_plain_walk_finds_each_kind_of_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison that ours is measured beside is right, or it would be no measure."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import parity_once  # noqa: PLC0415 - see the fixtures

    ours: Iterator[dict[str, Any]] = iter([{"_id": "a"}, {"_id": "b", "n": 1}, {"_id": "d"}])
    theirs: Iterator[dict[str, Any]] = iter([{"_id": "b", "n": 2}, {"_id": "c"}, {"_id": "d"}, {"_id": "e"}])
    assert list(parity_once._walked(ours, theirs)) == ["a", "b", "c", "e"]


def test_the_truth_is_worked_out_from_ledger_and_dump(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Acknowledged and not dumped is lost; what was refused, never answered or is there is not."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.truth import truth  # noqa: PLC0415 - found from the checkout's root only

    entry = struct.Struct("<dQb7x")
    entries = [(1.0, 1, 0), (1.5, 1, 1), (1.0, 2, 0), (2.5, 2, 1), (1.0, 3, 0), (3.0, 3, 2), (1.0, 4, 0), (4.0, 4, 3)]
    (tmp_path / "ledger").write_bytes(b"".join(entry.pack(*each) for each in entries))
    (tmp_path / "dump").write_text("1\n9\n", encoding="ascii")
    found = truth(tmp_path / "ledger", tmp_path / "dump", 10.0)
    assert (found.acknowledged, found.lost, found.age_seconds) == (2, (2,), 7.5)


def test_the_comparison_of_objects_runs_and_is_right(tmp_path: Path) -> None:
    """At a small size, without its peer: the ten differences are found, over several pages, in bounded memory."""
    command = [sys.executable, "-m", "benchmarks.object_parity", "--objects", "2500"]
    log = tmp_path / "log"
    with log.open("wb") as stream:
        ended = subprocess.run(command, cwd=ROOT, stdout=stream, stderr=stream, check=False)
    said = log.read_text(encoding="utf-8")
    assert ended.returncode == 0, said
    assert "right=True" in said
