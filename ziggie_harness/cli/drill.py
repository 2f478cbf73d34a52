"""`ziggie drill`: play scenarios and see live what each drill is doing."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

import click
import pytest

from ziggie_harness.cli.status import NOT_EXECUTED, Command
from ziggie_harness.evidence.numbers import numbers
from ziggie_harness.evidence.progress import Progress
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord, read_run
from ziggie_harness.model.errors import EvidenceError

EVERY_SECONDS: Final = 0.5
"""How often the histories are looked at."""

INTERRUPTED: Final = 130

STATUSES: Final[Mapping[int, int]] = {
    pytest.ExitCode.INTERRUPTED: INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR: NOT_EXECUTED,
    pytest.ExitCode.USAGE_ERROR: NOT_EXECUTED,
    pytest.ExitCode.NO_TESTS_COLLECTED: NOT_EXECUTED,
}
"""The status of the process where it does not depend on how the scenarios ended."""


@click.command(cls=Command, epilog="Example: ziggie drill features/region -k goes_dark -n 3")
@click.argument("features", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("-k", "words", help="play scenarios whose names have these words")
@click.option("-m", "tags", help="play scenarios with these tags, such as core, compliance or REQ-DR-01")
@click.option("-n", "workers", type=click.IntRange(min=0), default=0, help="how many drills at a time (default: one)")
@click.option("--topology", type=click.Path(exists=True, path_type=Path), help="a declared design of your own")
@click.option("--evidence", type=click.Path(path_type=Path), help="the folder for the evidence of this run")
@click.option("--quiet", is_flag=True, help="print nothing but what did not hold")
@click.option("--json", "as_json", is_flag=True, help="print what came of it as JSON")
def drill(  # noqa: PLR0913, PLR0917 - its options
    features: tuple[Path, ...],
    words: str | None,
    tags: str | None,
    workers: int,
    topology: Path | None,
    evidence: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    """Play the scenarios of some features (default: features) and leave sealed evidence.

    Progress goes to standard error: the phase of each drill, its clock, and what it waits for and why. Ctrl-C heals
    every fault, seals what there is, and ends with 130. Otherwise the status is 0 when everything passed or was caught,
    1 when something failed, 2 when something is unknown or broke, and 3 when nothing could be played.
    """
    home = (evidence or Path(".ziggie") / "evidence" / f"{datetime.now(UTC).date()}-{os.getpid()}").absolute()
    options = {"-k": words, "-m": tags, "-n": str(workers), "--topology": topology, "--evidence": home}
    given = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    # The modules of the harness are imported already, so pytest could rewrite no assertion in them, and need not.
    arguments = [*map(str, features or (Path("features"),)), *given, "--assert=plain", "-q"]
    said = io.StringIO()
    with _watched(home, silent=quiet or as_json), contextlib.redirect_stdout(said if quiet or as_json else sys.stdout):
        code = pytest.main(arguments)
    try:
        run = read_run(home)
    except EvidenceError:
        click.echo(said.getvalue(), err=True, nl=False)
        sys.exit(STATUSES.get(code, NOT_EXECUTED))
    if as_json:
        click.echo(json.dumps(_document(run), indent=2))
    elif quiet:
        for line in _broken(run):
            click.echo(line)
    sys.exit(STATUSES.get(code, status_of([played.row.ending for played in run.scenarios])))


def status_of(endings: Sequence[Ending]) -> int:
    """Return the status for scenarios that ended like this."""
    if Ending.FAILED in endings:
        return 1
    return 2 if {Ending.UNKNOWN, Ending.ERROR} & set(endings) else 0


@contextlib.contextmanager
def _watched(home: Path, *, silent: bool) -> Iterator[None]:
    """Tell on standard error what the drills below a folder are doing, until the block ends."""
    if silent:
        yield
        return
    ended = threading.Event()
    # pytest captures standard error while a scenario is played; a copy of it still leads to whoever watches.
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8") as screen:
        teller = threading.Thread(target=_tell, args=(Progress(home), screen, ended), name="progress", daemon=True)
        teller.start()
        try:
            yield
        finally:
            ended.set()
            teller.join()


def _tell(progress: Progress, screen: TextIO, ended: threading.Event) -> None:
    """Tell each new phase in a line; on a terminal the last line also shows the clock and the reason, all the time."""
    clear = CLEAR if screen.isatty() else ""
    while not ended.wait(EVERY_SECONDS):
        screen.writelines(f"{clear}{playing.sentence()}\n" for playing in progress.look())
        if clear and progress.playing:
            width = os.get_terminal_size(screen.fileno()).columns
            screen.write(f"{clear}{progress.playing[0].sentence()[: width - 1]}")
        screen.flush()
    screen.write(clear)


CLEAR: Final = "\r\x1b[K"
"""What empties the line of a terminal."""


def _broken(run: RunRecord) -> Iterator[str]:
    """Yield a line for each scenario that did not end well."""
    for played in run.scenarios:
        if played.row.ending in {Ending.FAILED, Ending.UNKNOWN, Ending.ERROR}:
            yield f"{played.row.ending}: {played.row.feature}: {played.row.scenario}: {played.row.sentence}"


def _document(run: RunRecord) -> dict[str, object]:
    """Return what came of a run as plain values."""
    return {
        "evidence": str(run.directory),
        "complete": run.complete,
        "wall_seconds": run.wall_seconds,
        "scenarios": [
            {
                "requirement": played.requirement.identifier,
                "feature": played.row.feature,
                "scenario": played.row.scenario,
                "sentence": played.row.sentence,
                "bundle": played.row.evidence,
                **numbers(played.row),
            }
            for played in run.scenarios
        ],
    }
