"""`ziggie doctor` tells whether this machine can run every scenario."""

from __future__ import annotations

import sys

import click

from ziggie_harness.lab.capabilities import Finding, examine


@click.command()
def doctor() -> None:
    """Try what a drill needs of this machine; the status is 0 when no scenario would be skipped."""
    findings = examine()
    for line in table(findings):
        click.echo(line)
    missing = [finding.name for finding in findings if finding.needed and not finding.available]
    if missing:
        click.echo(f"\nScenarios will be skipped: {', '.join(missing)} missing.")
        sys.exit(1)
    click.echo("\nEverything that `pytest features/` needs is here.")


def table(findings: tuple[Finding, ...]) -> list[str]:
    """Set the findings out in lines, each with what to do when something is missing."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        mark = "yes" if finding.available else "NO" if finding.needed else "no"
        lines.append(f"{finding.name:<{width}}  {mark:<3}  {finding.detail}")
        if not finding.available and finding.remedy:
            lines.append(f"{'':<{width}}       next: {finding.remedy}")
    return lines
