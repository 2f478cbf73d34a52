"""Markdown for the summary of a CI run: what ended badly first, then every number, then the clauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import Line, Standing, Traced, matrix
from ziggie_harness.evidence.results import results_of
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import RunRecord

BAD: Final = (Ending.FAILED, Ending.ERROR, Ending.UNKNOWN)
"""The endings that fail a build."""

_SPECIAL: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>|#~$"} | {"\n": " "})
"""What Markdown would read as more than text."""


def markdown(run: RunRecord, now: datetime) -> str:
    """Return a run as Markdown; ages are told as of `now`."""
    return "\n".join([*_headline(run), *_bad(run), *_table(run), *_clauses(run, now)]).rstrip() + "\n"


def _headline(run: RunRecord) -> Iterator[str]:
    """Yield what came of the run as a whole."""
    count = Counter(played.row.ending for played in run.scenarios)
    endings = ", ".join(f"{count[ending]} {ending.value}" for ending in Ending if count[ending])
    drill_seconds = sum(played.row.drill_seconds for played in run.scenarios)
    skipped_seconds = sum(played.row.skipped_seconds for played in run.scenarios)
    yield "## Disaster recovery drills"
    yield ""
    yield f"**{len(run.scenarios)} scenarios: {endings}.**"
    if not run.complete or run.unsealed:
        yield "**The run was interrupted before its end.**"
    yield ""
    yield f"{drill_seconds:.0f} s of drill time, {skipped_seconds:.0f} s of them skipped, in {run.wall_seconds:.0f} s."
    yield "*Caught* is a sabotage that the named check noticed. Evidence supports a clause; nobody complies by it."
    yield ""


def _bad(run: RunRecord) -> Iterator[str]:
    """Yield what ended badly, with the sentence that explains it."""
    rows = [played.row for played in run.scenarios if played.row.ending in BAD]
    if rows:
        yield "### What did not hold"
        yield ""
        yield from (f"- **{_text(row.scenario)}** {row.ending.value}: {_text(row.sentence)}" for row in rows)
        yield ""


def _table(run: RunRecord) -> Iterator[str]:
    """Yield a row for every scenario."""
    yield "<details><summary>Every scenario</summary>"
    yield ""
    yield "| requirement | scenario | ended | RTO | RPO | skipped | fidelity |"
    yield "|---|---|---|---|---|---|---|"
    for played in run.scenarios:
        row = played.row
        cells = (
            f"{played.requirement.identifier or ''} {_text(row.feature)}",
            _text(row.scenario),
            f"caught by {row.caught_by}" if row.caught_by else row.ending.value,
            _number(row.rto_seconds, row.rto_objective_seconds),
            _loss(row),
            f"{row.skipped_seconds:.0f} s" if row.drill_seconds else "",
            _fidelity(row),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "</details>"
    yield ""


def _clauses(run: RunRecord, now: datetime) -> Iterator[str]:
    """Yield the traceability matrix."""
    found = matrix(results_of([run]), clauses())
    played = [line for line in found.lines if line.standing is not Standing.GAP]
    yield "<details><summary>Clauses</summary>"
    yield ""
    yield "| clause | the evidence | by | age |"
    yield "|---|---|---|---|"
    for line in played:
        cells = (_text(line.clause.name), line.standing.value, _bearings(line), _age(line.scenarios, now))
        yield f"| {' | '.join(cells)} |"
    yield ""
    gaps = ", ".join(_text(line.clause.name) for line in found.gaps)
    yield f"No scenario of this run bears on: {gaps}." if gaps else "Every known clause has a scenario in this run."
    if bare := found.without_clause:
        yield f"Requirements that bear on no clause: {', '.join(_text(bearing.feature) for bearing in bare)}."
    yield ""
    yield "</details>"


def _bearings(line: Line) -> str:
    """Name the requirements that bear on a clause, with how many scenarios each has."""
    return ", ".join(f"{bearing.identifier} ({len(bearing.scenarios)})" for bearing in line.requirements)


def _age(scenarios: Sequence[Traced], now: datetime) -> str:
    """Tell how old the oldest of some evidence is."""
    ages = [age for traced in scenarios if (age := traced.age_days(now)) is not None]
    return f"{max(ages):.1f} d" if ages else ""


def _number(value: float | None, objective: float | None) -> str:
    """Write a number beside its objective."""
    if value is None:
        return ""
    return f"{value:.1f} s" + ("" if objective is None else f" of {objective:g} s")


def _loss(row: Row) -> str:
    """Write RPO beside its objective, and how many writes are lost: the newest of them have no age at the fault."""
    lost = "" if row.lost_writes is None else f", {row.lost_writes} lost"
    return _number(row.rpo_seconds, row.rpo_objective_seconds) + (lost if row.rpo_seconds is not None else "")


def _fidelity(row: Row) -> str:
    """Write the lowest fidelity."""
    return row.fidelity.name.lower() if row.fidelity is not None else ""


def _text(text: str) -> str:
    """Write a text so that Markdown and HTML read it as such."""
    return text.translate(_SPECIAL)
