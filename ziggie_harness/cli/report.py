"""`ziggie report` writes the page of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from ziggie_harness.evidence.report.page import write_report
from ziggie_harness.model.errors import ZiggieError

NOT_EXECUTED: Final = 3


@click.command(
    epilog="""\b
Examples:
  ziggie report .ziggie/evidence/2026-11-23-4711
  ziggie report .ziggie/evidence/2026-11-23-4711 --output page.html"""
)
@click.argument("run_directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the page goes; without it report.html in RUN_DIR.",
)
def report(run_directory: Path, output: Path | None) -> None:
    """Write the page of the run in RUN_DIR: one HTML file that needs no network.

    It shows what was promised and what was measured, and of each drill what broke, when, what was lost and what to do.
    Ends with 0 when the page was written, and 3 when the evidence cannot be read or the page cannot be written.
    """
    path = output or run_directory / "report.html"
    try:
        write_report(run_directory, path)
    except ZiggieError as error:
        click.echo(f"ziggie report: {error}", err=True)
        sys.exit(NOT_EXECUTED)
    click.echo(f"wrote {path}")
