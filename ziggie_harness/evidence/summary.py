"""The summary at the end of a run, for a person: a row per scenario, a sentence for whatever did not hold."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from ziggie_harness.evidence.row import Ending
from ziggie_harness.model.fidelity import Fidelity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ziggie_harness.evidence.row import Row

NARROWEST: Final = 80
WIDEST: Final = 200
SCENARIO_COLUMNS: Final = 28
"""With less room than this for the scenario's name, the numbers go on lines of their own."""

HEADINGS: Final = ("scenario", "ended", "RTO", "RPO", "drill time", "fidelity", "evidence")

COLOURS: Final = {
    Ending.PASSED: 32,
    Ending.CAUGHT: 32,
    Ending.SKIPPED: 33,
    Ending.UNKNOWN: 33,
    Ending.FAILED: 31,
    Ending.ERROR: 31,
}
"""The terminal's numbers for green, yellow and red."""

LEGEND: Final = (
    "RTO: from the fault until clients are served again and stay served.",
    "RPO: how old the oldest lost write was at the fault; a write counts once it was acknowledged.",
    "skipped: drill time in which everything only waited, so the clock jumped; work is never skipped.",
    "fidelity: real (genuine software), emulated (rule-tested stand-in), declared (an API took it); the lowest counts.",
    "caught: a sabotage that has to fail, and did; unknown: the evidence does not suffice, which fails the build.",
)


@dataclass(frozen=True, slots=True)
class Effort:
    """What a whole run took."""

    wall_seconds: float
    peak_memory_bytes: int


def render(rows: Sequence[Row], effort: Effort, *, width: int, colour: bool = False) -> str:
    """Return the summary for a terminal of this width, kept between 80 and 200 columns; nothing without rows.

    `colour` marks how scenarios ended, for terminals only. A word longer than a line, such as a path, is not broken.
    """
    if not rows:
        return ""
    width = min(max(width, NARROWEST), WIDEST)
    ordered = sorted(rows, key=lambda row: (row.feature, row.line, row.scenario))
    home = _home(ordered)
    cells = [_cells(row, home) for row in ordered]
    columns = [max(len(line[number]) for line in (HEADINGS, *cells)) for number in range(1, len(HEADINGS))]
    room = min(
        width - 2 - sum(columns) - 2 * len(columns), max(SCENARIO_COLUMNS, *(len(row.scenario) for row in ordered))
    )
    lines = list(_table(ordered, columns, room, home, colour=colour) if room >= SCENARIO_COLUMNS else [])
    lines = lines or list(_stack(ordered, width, home, colour=colour))
    wrapped = [
        part for line in lines for part in ([line] if isinstance(line, str) else _explanation(line, width, home))
    ]
    return "\n".join([*wrapped, "", *_closing(ordered, effort, width, home)]) + "\n"


def nothing_proved(rows: Iterable[Row]) -> bool:
    """Say whether every scenario was skipped, so that the run says nothing about any requirement."""
    return all(row.ending is Ending.SKIPPED for row in rows)


def _table(
    ordered: Sequence[Row], columns: Sequence[int], room: int, home: str, *, colour: bool
) -> Iterator[str | Row]:
    """Yield a line per scenario under headings; a row itself stands for its explanation."""
    yield _line(HEADINGS, columns, room)
    for feature, rows in groupby(ordered, key=lambda row: row.feature):
        yield from _wrapped(feature, 2 + room, "")
        for row in rows:
            name, *rest = _cells(row, home)
            parts = textwrap.wrap(name, room) or [""]
            line = _line((parts[0], *rest), columns, room)
            start = 2 + room + 2
            yield line[:start] + _coloured(row.ending, colour=colour) + line[start + len(row.ending) :]
            yield from (f"  {part}" for part in parts[1:])
            yield row


def _stack(ordered: Sequence[Row], width: int, home: str, *, colour: bool) -> Iterator[str | Row]:
    """Yield the scenario and how it ended on one line, and its numbers on lines below."""
    for feature, rows in groupby(ordered, key=lambda row: row.feature):
        yield from _wrapped(feature, width, "")
        for row in rows:
            name = textwrap.wrap(row.scenario, width - 2 - 2 - len(Ending.SKIPPED)) or [""]
            yield f"  {name[0]:<{width - 4 - len(Ending.SKIPPED)}}  {_coloured(row.ending, colour=colour)}"
            yield from (f"  {part}" for part in name[1:])
            _, _, rto, rpo, time, fidelity, evidence = _cells(row, home)
            named = (("RTO ", rto), ("RPO ", rpo), ("drill ", time), ("", fidelity), ("evidence ", evidence))
            yield from _joined([label + cell for label, cell in named if cell], width)
            yield row


def _joined(facts: Iterable[str], width: int) -> Iterator[str]:
    """Yield facts with dashes between them, broken between facts only."""
    line = ""
    for fact in facts:
        longer = f"{line} - {fact}" if line else f"    {fact}"
        if line and len(longer) > width:
            yield line
            longer = f"    {fact}"
        line = longer
    if line:
        yield line


def _cells(row: Row, home: str) -> tuple[str, ...]:
    """Return what stands in each column for a scenario."""
    time = f"{row.drill_seconds:.1f} s, {row.skipped_seconds:.0f} s skipped" if row.drill_seconds else ""
    evidence = PurePath(row.evidence).name if home else row.evidence
    return row.scenario, row.ending.value, _rto(row), _rpo(row), time, _fidelity(row), evidence


def _rto(row: Row) -> str:
    """Write RTO with its objective."""
    return "" if row.rto_seconds is None else f"{row.rto_seconds:.1f} s{_of(row.rto_objective_seconds)}"


def _rpo(row: Row) -> str:
    """Write RPO with its objective and the number of lost writes."""
    if row.rpo_seconds is None:
        return ""
    lost = "" if row.lost_writes is None else f", {row.lost_writes} lost"
    return f"{row.rpo_seconds:.1f} s{_of(row.rpo_objective_seconds)}{lost}"


def _of(objective_seconds: float | None) -> str:
    """Write an objective behind a number."""
    return "" if objective_seconds is None else f" of {objective_seconds:g} s"


def _fidelity(row: Row) -> str:
    """Write the lowest fidelity with a capability that has it, and how many more have."""
    if row.fidelity is None:
        return ""
    if row.fidelity is Fidelity.REAL or not row.weakest:
        return row.fidelity.name.lower()
    more = f" +{len(row.weakest) - 1}" if len(row.weakest) > 1 else ""
    return f"{row.weakest[0]}{more} {row.fidelity.name.lower()}"


def _line(cells: Sequence[str], columns: Sequence[int], room: int) -> str:
    """Write cells below each other's headings."""
    rest = "  ".join(f"{cell:<{size}}" for cell, size in zip(cells[1:], columns, strict=True))
    return f"  {cells[0]:<{room}}  {rest}".rstrip()


def _coloured(ending: Ending, *, colour: bool) -> str:
    """Write how a scenario ended, in colour if wanted."""
    return f"\x1b[{COLOURS[ending]}m{ending.value}\x1b[0m" if colour else ending.value


def _explanation(row: Row, width: int, home: str) -> Iterator[str]:
    """Yield why a scenario did not simply pass, and where the whole evidence is when that needs reading."""
    caught = f"caught by {row.caught_by}: " if row.ending is Ending.CAUGHT and row.caught_by else ""
    if row.ending is not Ending.PASSED and (caught or row.sentence):
        # The check's name would stand there twice.
        yield from _wrapped(caught + row.sentence.removeprefix(f"{row.caught_by}: "), width)
    if row.ending in {Ending.FAILED, Ending.UNKNOWN, Ending.ERROR} and row.evidence and home:
        yield from _wrapped(f"evidence: {row.evidence}", width)


def _wrapped(text: str, width: int, indent: str = "    ") -> Iterator[str]:
    """Yield a text in lines of at most this width, words unbroken."""
    yield from textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _closing(ordered: Sequence[Row], effort: Effort, width: int, home: str) -> Iterator[str]:
    """Yield the totals, where the evidence is, and the legend."""
    count = Counter(row.ending for row in ordered)
    endings = ", ".join(f"{count[ending]} {ending.value}" for ending in Ending if count[ending])
    drill, skipped = sum(row.drill_seconds for row in ordered), sum(row.skipped_seconds for row in ordered)
    yield from _wrapped(f"{len(ordered)} scenario{'s' if len(ordered) > 1 else ''}: {endings}.", width, "")
    if nothing_proved(ordered):
        yield from _wrapped("Nothing was proved: no drill could be played here.", width, "")
    yield from _wrapped(
        f"{effort.wall_seconds:.1f} s of wall time for {drill:.1f} s of drill time, "
        f"of which {skipped:.0f} s were skipped. Peak memory {effort.peak_memory_bytes / 1e6:.0f} MB.",
        width,
        "",
    )
    if home:
        yield from _wrapped(f"Evidence: {home}", width, "")
    yield ""
    for line in LEGEND:
        yield from _wrapped(line, width, "")


def _home(ordered: Iterable[Row]) -> str:
    """Return the folder that holds all bundles, or nothing when there is no single one."""
    homes = {str(PurePath(row.evidence).parent) for row in ordered if row.evidence}
    return homes.pop() if len(homes) == 1 else ""
