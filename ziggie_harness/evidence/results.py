"""What runs showed, scenario by scenario: the way from the records of runs to the matrix, the gate and the exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ziggie_harness.evidence.matrix import Traced
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle


def results_of(runs: Iterable[RunRecord]) -> Iterator[Traced]:
    """Yield every scenario of some runs with what it came to."""
    for run in runs:
        ended = _ended(run)
        for bundle in run.bundles:
            played = bundle.played
            yield Traced(
                played.requirement, played.row, bundle.provenance.ended, str(run.directory), bundle.root_sha256
            )
        for played in run.unplayed:
            yield Traced(played.requirement, played.row, ended, str(run.directory))


def bundles_of(runs: Iterable[RunRecord]) -> Mapping[str, SealedBundle]:
    """Return the bundles of some runs by their digest."""
    return {bundle.root_sha256: bundle for run in runs for bundle in run.bundles}


def _ended(run: RunRecord) -> datetime | None:
    """Return when the last drill of a run ended, or None when none left evidence."""
    return max((bundle.provenance.ended for bundle in run.bundles), default=None)
