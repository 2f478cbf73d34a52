"""The code that a drill ran is in its record, and code that it did not run is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ziggie_harness.drill.artefacts import digested, used
from ziggie_harness.drill.stage import ACTIVE_PASSIVE, DATA, designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.evidence.artefacts import Artefact, Beside, artefact_at
from ziggie_harness.model.database_events import StatementRun
from ziggie_harness.model.history import Event, History, Record, ScriptEnded

if TYPE_CHECKING:
    from pathlib import Path


def history(*events: Event) -> History:
    """Return a history of these events alone."""
    return History(tuple(Record(number, 0.0, 0.0, event) for number, event in enumerate(events)))


def script(name: str) -> ScriptEnded:
    """Return the end of a script."""
    return ScriptEnded(name, "internet", "eu-west-1", 0.0, 0, interrupted=False, claims=True, said="")


def ran(design: Path, *events: Event) -> dict[str, set[str]]:
    """Return the files that a drill with these events ran, by their place."""
    topology = read_topology(design)
    found = used(topology, history(*events), digested(topology, design))
    return {f"{one.beside} {one.path}": set(one.files) for one in found}


def test_a_drill_that_runs_no_code_of_the_owners_tells_none() -> None:
    """What lies there unused is nobody's evidence."""
    assert ran(ACTIVE_PASSIVE) == {}


def test_a_script_counts_with_the_files_of_its_folder() -> None:
    """It may read them."""
    files = {"failover.sh", "failover.yaml", "failback.sh", "failback.yaml", "moving.sh"}
    files |= {"failover_scaling_up.sh", "failover_scaling_up.yaml", "failover_deaf.sh", "failover_deaf.yaml"}
    assert ran(ACTIVE_PASSIVE, script("corrected/failover")) == {"harness runbooks/corrected": files}


def test_sql_counts_by_the_statements_that_were_run() -> None:
    """The folder of the script that has them."""
    statement = StatementRun("eu-west-1", "bulk_load/do.sql", "INSERT", "")
    assert ran(ACTIVE_PASSIVE, statement) == {"harness sql/jobs/bulk_load": {"do.sql", "look.sql", "undo.sql"}}


def test_functions_and_clients_count_as_declared() -> None:
    """They are there from the beginning of a drill."""
    assert ran(designs()["failover-function"])["harness functions/corrected"] == {"lambda_function.py"}
    declared = next(path for path in designs().values() if read_topology(path).secrets)
    assert ran(declared)["harness secrets/corrected.py"] == {"corrected.py"}


def test_an_owners_script_counts_from_the_design(tmp_path: Path) -> None:
    """Without the design beside it, whose comments change nothing."""
    design = tmp_path / "design.yaml"
    text = ACTIVE_PASSIVE.read_text(encoding="utf-8")
    design.write_text(f"{text}\nrunbooks: {{failover: mine.sh}}\n", encoding="utf-8")
    (tmp_path / "mine.sh").write_text("echo complete\n")
    (tmp_path / "mine.yaml").write_text("fill: {}\nclaims: complete\n")
    assert ran(design, script(str(tmp_path / "mine"))) == {"design .": {"mine.sh", "mine.yaml"}}


def test_it_reads_what_it_wrote() -> None:
    """As it stands in a bundle."""
    artefact = artefact_at(DATA / "runbooks" / "corrected", ACTIVE_PASSIVE)
    assert artefact.beside is Beside.HARNESS
    assert Artefact.of(artefact.document()) == artefact
    assert list(artefact.changes(ACTIVE_PASSIVE)) == []
