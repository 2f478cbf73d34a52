"""`ziggie sweep`: remove what a crashed run left."""

from __future__ import annotations

import click

from ziggie_harness.kernel import runs


@click.command()
def sweep() -> None:
    """Kill the processes and remove the directories of runs whose owner is dead; live runs are left alone."""
    swept = runs.sweep()
    for pid in swept.processes:
        click.echo(f"killed process {pid}")
    for directory in swept.directories:
        click.echo(f"removed {directory}")
    if not swept.processes and not swept.directories:
        click.echo("Nothing was left by dead runs.")
