"""The code of the owner's that a drill can run, digested before it begins, and which of it the drill did run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ziggie_harness.evidence.artefacts import HARNESS_DATA, Artefact, artefact_at
from ziggie_harness.model.database_events import StatementRun
from ziggie_harness.model.history import History, ScriptEnded
from ziggie_harness.model.topology import Topology

RUNBOOKS: Final = HARNESS_DATA / "runbooks"
SQL: Final = HARNESS_DATA / "sql"


def digested(topology: Topology, design: Path) -> Mapping[Path, Artefact]:
    """Return all code that a drill of a design can run, by where it is.

    That is done before the drill runs any of it: if a file changes meanwhile, the record says what it held before, and
    the gate takes the drill for one of other code.
    """
    scripts = (path.parent for path in map(Path, topology.runbooks.values()))
    places = {
        *(path.parent for path in RUNBOOKS.rglob("*.sh")),
        *(path.parent for path in SQL.rglob("*.sql")),
        *(path.resolve() for path in scripts),
        *_deployed(topology),
    }
    return {place: artefact_at(place, design) for place in sorted(places)}


def used(topology: Topology, history: History, found: Mapping[Path, Artefact]) -> tuple[Artefact, ...]:
    """Return the code that a drill ran, of all that `digested` found.

    A script may read the files beside it, and so may one of SQL: the whole folder counts.
    """
    scripts = {(RUNBOOKS / event.script).parent.resolve() for _, event in history.of_kind(ScriptEnded)}
    folders = {event.script.rpartition("/")[0] for _, event in history.of_kind(StatementRun)}
    statements = {place for place in found if place.is_relative_to(SQL) and place.name in folders}
    return tuple(found[place] for place in sorted(scripts | statements | _deployed(topology)))


def _deployed(topology: Topology) -> set[Path]:
    """Return the code that is there from the beginning: functions, and the clients that applications use."""
    functions = {Path(function.code).resolve() for function in topology.functions.values()}
    clients = {secret.client.replace("-", "_") for secret in topology.secrets.values()}
    return functions | {HARNESS_DATA / "secrets" / f"{client}.py" for client in clients}
