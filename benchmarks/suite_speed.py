"""How fast the features run: wall against drill time, the first verdict, peak memory, and whether repeats agree.

    python -m benchmarks.suite_speed [-n 3] [-k EXPRESSION] [--repeats 50] [--busy] [PLACE ...] [-- PYTEST ARGUMENTS]

Without a place it runs the core features: those that lose a region, a server, a link or the control plane. Aims, on 2
cores: the first verdict within 10 s, the core features within 60 s, every repeat with the same verdicts. Processor time
is told too, for on a busy machine the time that passed says little.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from benchmarks.environment import ROOT, environment
from benchmarks.processes import busy_cores, cores, memory_bytes
from dev import SPREAD

CORE: Final = (
    "features/control_plane/losing_the_control_plane.feature",
    "features/dns/switching_and_staying.feature",
    "features/network/flapping.feature",
    "features/network/one_way_cut.feature",
    "features/region/losing_both.feature",
    "features/region/losing_the_primary.feature",
    "features/region/losing_the_secondary.feature",
    "features/server/a_server_that_hangs.feature",
)
"""The features whose speed has an aim, set when they had 26 scenarios."""

CORE_SECONDS: Final = 60.0
FIRST_VERDICT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.05
MEMORY_EVERY: Final = 10
"""Looks between two measurements of the memory, which take longer than the other ones."""

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario, as its evidence tells it."""

    scenario: str
    verdicts: tuple[str, ...]
    wall_seconds: float
    drill_seconds: float
    skipped_seconds: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """One run of pytest."""

    status: int
    wall_seconds: float
    processor_seconds: float
    """What the run and all processes that it waited for took of the processors, by the kernel's account."""
    first_verdict_seconds: float | None
    peak_bytes: int
    played: tuple[Played, ...]
    output: str


def main(arguments: Sequence[str]) -> int:
    """Run, measure and print; return 1 when a run was not green or the repeats disagree."""
    asked = options(arguments)
    print(environment())
    command = pytest_command(asked)
    print(f"run:    {' '.join(command[1:])}{', with every core kept busy by others' if asked.busy else ''}\n")
    repeats = []
    with busy_cores(cores()) if asked.busy else nullcontext():
        for number in range(1, asked.repeats + 1):
            repeats.append(run(command))
            print(f"run {number:>3}: {told(repeats[-1])}", flush=True)
            if repeats[-1].status:
                print(repeats[-1].output)
    print()
    print("\n".join(report(repeats)))
    return 1 if disagreements(repeats) or any(repeat.status for repeat in repeats) else 0


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="*", metavar="PLACE", help="features to run (default: the core features)")
    parser.add_argument("-n", dest="workers", default="3", help="drills at a time (default: 3)")
    parser.add_argument("-k", dest="expression", default="", help="only scenarios whose name matches")
    parser.add_argument("--repeats", type=int, default=1, help="how often to run them (default: once)")
    parser.add_argument("--busy", action="store_true", help="keep every core busy meanwhile")
    mine, theirs = split(arguments)
    asked = parser.parse_args(mine)
    asked.places = asked.places or list(CORE)
    asked.further = theirs
    return asked


def split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Split a command line at `--`: ours, and what goes to pytest."""
    if "--" not in arguments:
        return arguments, ()
    place = list(arguments).index("--")
    return arguments[:place], arguments[place + 1 :]


def pytest_command(asked: argparse.Namespace) -> Sequence[str]:
    """Return the command that runs the features as `dev.py features` does; each run adds its folder for evidence."""
    expression = ("-k", asked.expression) if asked.expression else ()
    spread = (*SPREAD["features"], "-n", asked.workers)
    return (sys.executable, "-m", "pytest", *asked.places, "-q", *spread, *expression, *asked.further)


def run(command: Sequence[str]) -> Repeat:
    """Run pytest once, and watch it."""
    with tempfile.TemporaryDirectory(prefix="ziggie-benchmark-") as home:
        evidence, log = Path(home) / "evidence", Path(home) / "output"
        started, before = time.monotonic(), processor_seconds()
        whole = (*command, "--evidence", str(evidence))
        with (
            log.open("w", encoding="utf-8") as output,
            subprocess.Popen(whole, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT) as process,  # noqa: S603 - our own words
        ):
            first, peak = watch(process, evidence, started)
        return Repeat(
            process.returncode,
            time.monotonic() - started,
            processor_seconds() - before,
            first,
            peak,
            played(evidence),
            log.read_text(encoding="utf-8"),
        )


def processor_seconds() -> float:
    """Return what the ended children of this process, and theirs, took of the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watch(process: subprocess.Popen[bytes], evidence: Path, started: float) -> tuple[float | None, int]:
    """Watch a run to its end; return after how many seconds its first verdict was written, and its peak memory."""
    first, peak, looks = None, 0, 0
    while process.poll() is None:
        if first is None and any(evidence.glob("*/verdicts.json")):
            first = time.monotonic() - started
        if looks % MEMORY_EVERY == 0:
            peak = max(peak, memory_bytes(process.pid))
        looks += 1
        time.sleep(LOOK_SECONDS)
    return first, peak


def played(evidence: Path) -> tuple[Played, ...]:
    """Read what each scenario's evidence says."""
    return tuple(
        scenario(
            json.loads((folder / "provenance.json").read_text()), json.loads((folder / "verdicts.json").read_text())
        )
        for folder in sorted(path.parent for path in evidence.glob("*/verdicts.json"))
    )


def scenario(provenance: Mapping[str, object], verdicts: Sequence[Mapping[str, object]]) -> Played:
    """Read one scenario from its provenance and its verdicts."""
    clock = cast("Mapping[str, float]", provenance["clock"])
    began, ended = (dt.datetime.fromisoformat(str(provenance[key])) for key in ("started_utc", "ended_utc"))
    return Played(
        str(provenance["drill"]),
        tuple(f"{verdict['check']} {verdict['verdict']}" for verdict in verdicts),
        (ended - began).total_seconds(),
        clock["drill_seconds"],
        clock["skipped_seconds"],
    )


def disagreements(repeats: Sequence[Repeat]) -> Sequence[str]:
    """Return a sentence for every scenario whose verdicts were not the same in every run."""
    sentences = []
    runs = [{one.scenario: one.verdicts for one in repeat.played} for repeat in repeats]
    for name in sorted({name for verdicts in runs for name in verdicts}):
        seen = Counter(verdicts.get(name, ("not played",)) for verdicts in runs)
        if len(seen) > 1:
            counted = "; ".join(f"{', '.join(verdicts)} ({count} x)" for verdicts, count in seen.most_common())
            sentences.append(f"{name}: {counted}")
    return sentences


def told(repeat: Repeat) -> str:
    """Tell one run in a line."""
    drill = sum(one.drill_seconds for one in repeat.played)
    first = "never" if repeat.first_verdict_seconds is None else f"{repeat.first_verdict_seconds:.1f} s"
    return (
        f"{len(repeat.played)} scenarios, exit {repeat.status}, wall {repeat.wall_seconds:.1f} s, "
        f"processor {repeat.processor_seconds:.1f} s, drill {drill:.0f} s, "
        f"first verdict {first}, peak memory {repeat.peak_bytes / MEBIBYTE:.0f} MiB"
    )


def report(repeats: Sequence[Repeat]) -> Sequence[str]:
    """Tell all runs together."""
    walls = sorted(repeat.wall_seconds for repeat in repeats)
    used = [repeat.processor_seconds for repeat in repeats]
    firsts = sorted(repeat.first_verdict_seconds or float("inf") for repeat in repeats)
    drills = [one for repeat in repeats for one in repeat.played]
    drill, skipped = sum(one.drill_seconds for one in drills), sum(one.skipped_seconds for one in drills)
    pace = drill / sum(walls)
    lines = [
        f"runs           {len(repeats)}, of which {sum(not repeat.status for repeat in repeats)} green",
        f"wall           {walls[0]:.1f} to {walls[-1]:.1f} s a run (aim for the core features: {CORE_SECONDS:g} s)",
        f"processor      {min(used):.1f} to {max(used):.1f} s a run",
        f"drill time     {drill:.0f} s, of which {skipped:.0f} s skipped: {pace:.0f} s per second of wall",
        f"first verdict  {firsts[0]:.1f} to {firsts[-1]:.1f} s (aim: {FIRST_VERDICT_SECONDS:g} s)",
        f"peak memory    {max(repeat.peak_bytes for repeat in repeats) / MEBIBYTE:.0f} MiB",
    ]
    if drills:
        longest = max(drills, key=lambda one: one.wall_seconds)
        lines.append(
            f"longest drill  {longest.wall_seconds:.1f} s wall for {longest.drill_seconds:.0f} s: {longest.scenario}"
        )
    differing = disagreements(repeats)
    agreed = "the same in every run" if len(repeats) > 1 else "of one run only: nothing to compare"
    return [*lines, f"verdicts       {'; '.join(differing) if differing else agreed}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
