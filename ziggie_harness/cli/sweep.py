"""`ziggie sweep`: remove what a crashed run left."""

from __future__ import annotations

import click

from ziggie_harness.drill.plugins import backends_found


@click.command()
def sweep() -> None:
    """Remove processes, directories, containers and networks of runs whose owner is dead; live runs stay."""
    removed = [line for backend in backends_found().plugins.values() for line in backend.sweep()]
    for line in removed or ["Nothing was left by dead runs."]:
        click.echo(line)
