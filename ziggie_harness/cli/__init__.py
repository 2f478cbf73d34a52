"""The command line: `ziggie`."""

from __future__ import annotations

import click

from ziggie_harness.cli.compare import compare
from ziggie_harness.cli.doctor import doctor
from ziggie_harness.cli.drill import drill
from ziggie_harness.cli.export import export
from ziggie_harness.cli.gate import gate
from ziggie_harness.cli.history import history
from ziggie_harness.cli.judge import judge
from ziggie_harness.cli.report import report
from ziggie_harness.cli.sweep import sweep
from ziggie_harness.cli.verify import verify


@click.group()
def main() -> None:
    """Find out before the disaster whether the plan works."""


main.add_command(compare)
main.add_command(doctor)
main.add_command(drill)
main.add_command(export)
main.add_command(gate)
main.add_command(history)
main.add_command(judge)
main.add_command(report)
main.add_command(sweep)
main.add_command(verify)
