"""`ziggie judge`: what today's checks say of sealed histories."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from ziggie_harness.evidence.bundle import changes, is_sealed
from ziggie_harness.evidence.judging import Comparison, judge_again
from ziggie_harness.evidence.run_record import read_run
from ziggie_harness.evidence.sealed import SealedBundle, read_bundle
from ziggie_harness.model.errors import EvidenceError, ZiggieError

DISAGREE = 1
NOT_JUDGED = 3


@click.command(epilog="Examples: ziggie judge .ziggie/evidence/2026-03-01-4711; ziggie judge --json evidence/*/")
@click.option("--json", "as_json", is_flag=True, help="print every judgement, then and now, as JSON")
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
def judge(directories: tuple[Path, ...], *, as_json: bool) -> None:
    """Judge the sealed histories of runs, or of single drills, again, and show where today's checks say otherwise.

    Ends with 0 when every verdict and number is the same, 1 when one is not, and 3 when something could not be judged:
    it was changed since it was sealed, or its check is not there any more.
    """
    try:
        bundles = [bundle for directory in directories for bundle in bundles_in(directory)]
        judged = {bundle.directory: judge_again(bundle) for bundle in bundles}
    except (ZiggieError, OSError) as error:
        click.echo(f"ziggie judge: {error}", err=True)
        sys.exit(NOT_JUDGED)
    if as_json:
        click.echo(json.dumps(document(judged), indent=2))
    else:
        for line in lines(judged):
            click.echo(line)
    sys.exit(0 if all(one.agrees for found in judged.values() for one in found) else DISAGREE)


def bundles_in(directory: Path) -> Sequence[SealedBundle]:
    """Return the bundles of a run, or the one that a folder is; raise EvidenceError for one that was changed."""
    bundles = (read_bundle(directory),) if is_sealed(directory) else read_run(directory).bundles
    for bundle in bundles:
        if found := tuple(changes(bundle.directory)):
            raise EvidenceError(
                f"{bundle.directory} is not judged",
                f"it was changed since it was sealed: {'; '.join(found)}",
                "restore it from where the run wrote it",
            )
    return bundles


def lines(judged: Mapping[Path, Sequence[Comparison]]) -> Iterator[str]:
    """Yield a line for each judgement, with what is not the same, and the account."""
    total = differing = 0
    for directory, found in judged.items():
        yield str(directory)
        for one in found:
            total += 1
            differing += not one.agrees
            yield f"  {one.then.judgement.check}: {_told(one)}"
    yield f"{total} judgements, {differing} of them not as before."


def _told(one: Comparison) -> str:
    """Say what a check says now, and what it said then where that was something else."""
    before = one.then.judgement
    both = f"\n    then: {before.sentence}\n    now:  {one.now.sentence}"
    match one.difference:
        case "verdict":
            return f"{one.now.verdict}, it was {before.verdict}{both}"
        case "numbers":
            return f"{one.now.verdict} as before, but with other numbers{both}"
        case "words":
            return f"{one.now.verdict} as before, in other words"
    return f"{one.now.verdict} as before"


def document(judged: Mapping[Path, Sequence[Comparison]]) -> dict[str, object]:
    """Return every judgement as plain values."""
    return {
        "as_before": all(one.agrees for found in judged.values() for one in found),
        "drills": [
            {
                "directory": str(directory),
                "judgements": [
                    {
                        "check": one.then.judgement.check,
                        "parameters": one.then.parameters,
                        "difference": one.difference,
                        "then": asdict(one.then.judgement),
                        "now": asdict(one.now),
                    }
                    for one in found
                ],
            }
            for directory, found in judged.items()
        ],
    }
