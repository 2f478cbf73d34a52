"""`ziggie gate`: may this be released? A policy, and the evidence of some runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from ziggie_harness.cli.status import NOT_EXECUTED, Command
from ziggie_harness.evidence.gate import Decision, decide
from ziggie_harness.evidence.policy import PolicyFile, read_policy
from ziggie_harness.evidence.signing import public_key
from ziggie_harness.model.errors import ZiggieError


@click.command(
    cls=Command,
    epilog="Example: ziggie gate --policy ci/release.yaml .ziggie/evidence/2026-03-01-4711",
)
@click.option("--policy", required=True, type=click.Path(path_type=Path), help="what the release needs (YAML)")
@click.option("--key", type=click.Path(path_type=Path), help="the public key of who drilled (default: your own)")
@click.option("--json", "as_json", is_flag=True, help="print the decision as JSON")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
def gate(policy: Path, key: Path | None, runs: tuple[Path, ...], *, as_json: bool) -> None:
    """Hold the evidence of some runs against a policy; of a scenario the last run counts.

    Ends with 0 when everything is verified, 1 when the evidence speaks against something, 2 when it does not suffice,
    and 3 when the gate could not be executed.
    """
    now = datetime.now(UTC)
    try:
        file = read_policy(policy)
        decision = decide(file, runs, now, public_key(key))
    except ZiggieError as error:
        click.echo(f"ziggie gate: {error}", err=True)
        sys.exit(NOT_EXECUTED)
    if as_json:
        click.echo(json.dumps(document(file, runs, decision, now), indent=2))
    else:
        for line in lines(decision):
            click.echo(line)
    sys.exit(decision.exit_code)


def lines(decision: Decision) -> Iterator[str]:
    """Yield a line for each finding, what speaks against the release last, and the decision."""
    width = max((len(finding.outcome) for finding in decision.findings), default=0)
    for finding in decision.findings:
        yield f"{finding.outcome:<{width}}  {finding.subject}: {finding.sentence}"
    counts = decision.counts
    yield f"gate: {decision.outcome} ({', '.join(f'{number} {outcome}' for outcome, number in counts.items())})"


def document(file: PolicyFile, runs: tuple[Path, ...], decision: Decision, now: datetime) -> dict[str, object]:
    """Return the decision as plain values."""
    return {
        "outcome": decision.outcome.value,
        "exit_code": decision.exit_code,
        "decided_utc": now.isoformat(timespec="seconds"),
        "policy": {"path": file.path, "sha256": file.sha256},
        "runs": [str(run) for run in runs],
        "findings": [
            {"outcome": finding.outcome.value, "subject": finding.subject, "sentence": finding.sentence}
            for finding in decision.findings
        ],
    }
