"""`ziggie history`: what earlier drills showed, and whether it gets worse."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from ziggie_harness.cli.status import NOT_EXECUTED, Command
from ziggie_harness.evidence.bundle import verify
from ziggie_harness.evidence.past import Past, PastDrill
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import read_run, verify_records
from ziggie_harness.evidence.signing import public_key
from ziggie_harness.evidence.trends import Trend, flaky, regressions, trends
from ziggie_harness.model.errors import EvidenceError, ZiggieError

DATABASE: Final = click.option(
    "--database",
    type=click.Path(path_type=Path),
    default=Path(".ziggie") / "history.sqlite",
    show_default=True,
    help="the file in which the history is kept",
)


@click.group()
def history() -> None:
    """Keep what drills showed, and see trends, regressions and scenarios that waver."""


@history.command("import", cls=Command, epilog="Example: ziggie history import .ziggie/evidence/2026-03-01-4711")
@DATABASE
@click.option("--key", type=click.Path(path_type=Path), help="the public key of who drilled (default: your own)")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN|EXPORT...")
def import_(sources: tuple[Path, ...], key: Path | None, database: Path) -> None:
    """Keep every sealed drill of some runs, or of files that `ziggie history export` wrote.

    A run is verified first; one in which anything was changed is refused. An export is taken as it is. What is kept
    already stays, so it does no harm to import a run twice, or from several processes at once.
    """
    with _telling("import"):
        for source in sources:
            drills = _exported(source) if source.is_file() else _sealed(source, key)
            added = Past(database).keep(drills)
            click.echo(f"{source}: {added} of {len(drills)} drills are new")


@history.command("list", cls=Command)
@DATABASE
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def list_(database: Path, *, as_json: bool) -> None:
    """List the runs that are kept, the oldest first."""
    with _telling("list"):
        runs = [_run(group) for group in _runs(Past(database).drills())]
    if as_json:
        click.echo(json.dumps(runs, indent=2))
        return
    for run in runs:
        click.echo(f"{run['ended_utc']}  {run['run']}  {run['drills']} drills: {run['endings']}")
    if not runs:
        click.echo("Nothing is kept yet: ziggie history import RUN")


@history.command(cls=Command, epilog="Example: ziggie history trend 'primary region goes dark'")
@DATABASE
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@click.argument("scenario", default="")
def trend(scenario: str, database: Path, *, as_json: bool) -> None:
    """Show RTO and RPO over time for scenarios whose requirement, feature or name has the word SCENARIO; all without.

    Bounds say what the true quantile does not exceed with 95 % confidence, whatever the distribution is; where there
    are too few drills for that, it says how many it takes. Ends with 1 when a scenario got worse or wavers.
    """
    with _telling("trend"):
        drills = Past(database).drills()
    found = trends(drills, scenario)
    seen = {id(drill) for each in found for drill in each.drills}
    shown = [drill for drill in drills if id(drill) in seen]
    worse, wavering = list(regressions(shown)), list(flaky(shown))
    if as_json:
        told = {"trends": [_document(each) for each in found], "regressions": worse, "flaky": wavering}
        click.echo(json.dumps(told, indent=2))
    else:
        for line in _lines(found, worse, wavering):
            click.echo(line)
    sys.exit(1 if worse or wavering else 0)


@history.command(cls=Command)
@DATABASE
@click.option("--output", type=click.Path(path_type=Path), help="the file to write (default: standard output)")
def export(database: Path, output: Path | None) -> None:
    """Write every kept drill as one line of JSON, for another machine to import."""
    with _telling("export"):
        text = "".join(f"{drill.encode()}\n" for drill in Past(database).drills())
        if output is None:
            click.echo(text, nl=False)
        else:
            _write(output, text)


@contextmanager
def _telling(command: str) -> Iterator[None]:
    """Tell an error of the harness in its own words, and end with the status of what could not be executed."""
    try:
        yield
    except ZiggieError as error:
        click.echo(f"ziggie history {command}: {error}", err=True)
        sys.exit(NOT_EXECUTED)


def _sealed(directory: Path, key: Path | None) -> Sequence[PastDrill]:
    """Return the sealed drills of a run, also of one that was killed; raise EvidenceError when anything was changed."""
    run, owner = read_run(directory), public_key(key)
    found = [*verify_records(directory, owner)]
    found += [f"{one.directory.name}/{sentence}" for one in run.bundles for sentence in verify(one.directory, owner)]
    if found:
        raise EvidenceError(
            f"{directory} is not kept: {'; '.join(found)}",
            hint="restore it from where the run wrote it; evidence that was changed shows nothing",
        )
    return tuple(map(PastDrill.of, run.bundles))


def _exported(path: Path) -> Sequence[PastDrill]:
    """Return the drills of an exported file; raise EvidenceError with the line that is none."""
    drills = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        try:
            drills.append(PastDrill.decode(line))
        except (ValueError, TypeError, KeyError) as error:
            raise EvidenceError(
                f"{path}:{number}: the line is no drill: {error!r}",
                hint="import the folder of a run, or what `ziggie history export` wrote",
            ) from error
    return tuple(drills)


def _runs(drills: Sequence[PastDrill]) -> Sequence[Sequence[PastDrill]]:
    """Return the kept drills by the run that left them; folders that have one name are told apart by their day."""
    runs: dict[tuple[str, str], list[PastDrill]] = {}
    for drill in drills:
        runs.setdefault((drill.run, drill.ended_utc[:10]), []).append(drill)
    return tuple(runs.values())


def _run(drills: Sequence[PastDrill]) -> dict[str, object]:
    """Tell a run in a line."""
    count = Counter(drill.ending for drill in drills)
    return {
        "run": drills[0].run,
        "ended_utc": drills[-1].ended_utc,
        "drills": len(drills),
        "endings": ", ".join(f"{count[ending]} {ending}" for ending in Ending if count[ending]),
        "commits": sorted({drill.commit_id for drill in drills}),
    }


def _lines(found: Sequence[Trend], worse: Sequence[str], wavering: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the trends, and what somebody should look at."""
    for each in found:
        first, last = each.drills[0], each.drills[-1]
        yield each.name
        count = f"{len(each.drills)} drill{'s' if len(each.drills) > 1 else ''}"
        when = f"{first.ended_utc[:10]} to {last.ended_utc[:10]}, last {last.ending}"
        yield f"  design {each.design_sha256[:12]} on {each.backend}, {each.clock} clock: {count} from {when}"
        yield from (f"  {distribution.sentence()}" for distribution in each.distributions)
    if not found:
        yield "No kept drill fits."
    yield from (f"got worse: {sentence}" for sentence in worse)
    yield from (f"flaky: {sentence}" for sentence in wavering)


def _document(each: Trend) -> dict[str, object]:
    """Return a trend as plain values."""
    return {
        "scenario": each.name,
        "design_sha256": each.design_sha256,
        "backend": each.backend,
        "clock": each.clock,
        "distributions": [asdict(distribution) for distribution in each.distributions],
        "drills": [
            {
                "ended_utc": drill.ended_utc,
                "run": drill.run,
                "ending": drill.ending.value,
                "rto_seconds": drill.rto_seconds,
                "rpo_seconds": drill.rpo_seconds,
                "commit": drill.commit_id,
            }
            for drill in each.drills
        ],
    }


def _write(path: Path, text: str) -> None:
    """Write a file; raise EvidenceError when it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvidenceError(f"{path} cannot be written: {error.strerror}", hint="name another file") from error
