"""`ziggie compare`: whether two runs of the same requirements say the same."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ziggie_harness.cli.judge import bundles_in
from ziggie_harness.evidence.side_by_side import compared, heading_of, lines
from ziggie_harness.model.errors import ZiggieError

DISAGREE = 1
NOT_COMPARED = 3


@click.command(epilog="Example: ziggie compare .ziggie/evidence/embedded .ziggie/evidence/containers")
@click.argument("left", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("right", type=click.Path(path_type=Path), metavar="RUN")
def compare(left: Path, right: Path) -> None:
    """Print the numbers of two runs side by side, such as of two backends, and show where their verdicts differ.

    Ends with 0 when every scenario that is in both has the same verdicts, 1 when one has others or none is in both, and
    3 when a run could not be read.
    """
    try:
        there, here = bundles_in(left), bundles_in(right)
    except (ZiggieError, OSError) as error:
        click.echo(f"ziggie compare: {error}", err=True)
        sys.exit(NOT_COMPARED)
    found = compared(there, here)
    for line in lines(found, (heading_of(there), heading_of(here))):
        click.echo(line)
    sys.exit(0 if found.agrees else DISAGREE)
