"""`ziggie export`: what a run showed, in a format that another tool reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from ziggie_harness.cli.status import NOT_EXECUTED, Command
from ziggie_harness.evidence.exports.junit import junit
from ziggie_harness.evidence.exports.markdown import markdown
from ziggie_harness.evidence.exports.oscal import oscal
from ziggie_harness.evidence.exports.prometheus import prometheus
from ziggie_harness.evidence.exports.sarif import sarif
from ziggie_harness.evidence.run_record import RunRecord, read_run
from ziggie_harness.model.errors import ZiggieError

FORMATS: Final[Mapping[str, Callable[[RunRecord], str]]] = {
    "junit": junit,
    "sarif": sarif,
    "oscal": oscal,
    "markdown": lambda run: markdown(run, datetime.now(UTC)),
    "prometheus": prometheus,
}


@click.command(
    cls=Command,
    epilog="Example: ziggie export .ziggie/evidence/2026-03-01-4711 --format markdown >> $GITHUB_STEP_SUMMARY",
)
@click.option("--format", "name", required=True, type=click.Choice(list(FORMATS)), help="what to write")
@click.option("--output", type=click.Path(path_type=Path), help="the file to write (default: standard output)")
@click.argument("run", type=click.Path(path_type=Path))
def export(run: Path, name: str, output: Path | None) -> None:
    """Write what a run showed as JUnit XML, SARIF, OSCAL assessment results, Markdown or Prometheus text.

    Ends with 0 when it was written, whatever the drills showed, and with 3 when it could not be.
    """
    try:
        text = FORMATS[name](read_run(run))
    except ZiggieError as error:
        click.echo(f"ziggie export: {error}", err=True)
        sys.exit(NOT_EXECUTED)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(f"ziggie export: {output} cannot be written: {error.strerror}", err=True)
        sys.exit(NOT_EXECUTED)
