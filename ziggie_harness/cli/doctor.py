"""`ziggie doctor` tells whether this machine can run every scenario."""

from __future__ import annotations

import sys

import click

from ziggie_harness.drill.plugins import backends_found
from ziggie_harness.lab.capabilities import Finding, examine
from ziggie_harness.model.fidelity import Capability


@click.command()
def doctor() -> None:
    """Try what a drill needs of this machine; the status is 0 when no scenario would be skipped."""
    # Before the rest: that may enter a user namespace, in which this user looks like root to whoever asks.
    containers = _containers()
    findings = (*examine(), containers)
    for line in table(findings):
        click.echo(line)
    missing = [finding.name for finding in findings if finding.needed and not finding.available]
    if missing:
        click.echo(f"\nScenarios will be skipped: {', '.join(missing)} missing.")
        sys.exit(1)
    click.echo("\nEverything that `pytest features/` needs is here.")


def _containers() -> Finding:
    """Ask the backend `containers` what keeps it from playing, and what its images really hold."""
    backend = backends_found()["containers"]
    reason = backend.limitation(frozenset({Capability.MONGODB, Capability.OBJECTS}))
    held = ", ".join(f"{image} ({what})" for image, what in backend.versions().items())
    remedy = "docs/how-to/run-on-containers.md; only --backend containers needs it"
    return Finding("drills on containers", available=reason is None, detail=reason or held, remedy=remedy)


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
