"""The command line: `ziggie`."""

from __future__ import annotations

import click

from ziggie_harness.cli.doctor import doctor
from ziggie_harness.cli.export import export
from ziggie_harness.cli.gate import gate
from ziggie_harness.cli.history import history
from ziggie_harness.cli.sweep import sweep


@click.group()
def main() -> None:
    """Find out before the disaster whether the plan works."""


main.add_command(doctor)
main.add_command(export)
main.add_command(gate)
main.add_command(history)
main.add_command(sweep)
