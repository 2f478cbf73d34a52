"""Given and Then: what is promised of the databases themselves, past the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, then

from ziggie_harness.checks.admission import Admission
from ziggie_harness.checks.application_errors import ApplicationErrors
from ziggie_harness.checks.credentials import Credentials
from ziggie_harness.checks.data_parity import DataParity
from ziggie_harness.checks.rollback_files import RollbackFiles
from ziggie_harness.checks.slot_alarm import SlotAlarm
from ziggie_harness.checks.slot_retention import SlotRetention
from ziggie_harness.checks.statements_accepted import StatementsAccepted
from ziggie_harness.checks.stray_writes import StrayWrites
from ziggie_harness.checks.told_lag import ToldLag
from ziggie_harness.checks.writer_moves import WriterMoves
from ziggie_harness.drill.plugins import faults_found
from ziggie_harness.steps.needs import needing
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.topology import Role


@given(sentence(r"the schema of the {role} region changed (?P<duration>\d.*) ago"), converters=CONVERTERS)
@needing(faults_found()["schema change"].needs)
def the_schema_changed(stage: Stage, role: Role, duration: float) -> None:
    """Migrate the database before the disaster, while clients go on."""
    change = faults_found()["schema change"]
    stage.require(change.needs)
    stage.drill.precede(change, role, duration)


@given(sentence(r"the database of the {role} region took an import (?P<duration>\d.*) ago"), converters=CONVERTERS)
@needing(faults_found()["file import"].needs)
def the_database_took_an_import(stage: Stage, role: Role, duration: float) -> None:
    """Import a file before the disaster, while clients go on."""
    file_import = faults_found()["file import"]
    stage.require(file_import.needs)
    stage.drill.precede(file_import, role, duration)


@then("every statement of the owner's scripts is accepted")
def every_statement_is_accepted(stage: Stage) -> None:
    """Judge what the databases said to the scripts that set them up, migrate them and let one take over."""
    stage.hold([StatementsAccepted()])


@then("no write is refused for its content")
def no_write_is_refused_for_its_content(stage: Stage) -> None:
    """Judge whether a database at work refused what the application wrote."""
    stage.hold([ApplicationErrors()])


@then("both regions hold the same data")
def both_regions_hold_the_same_data(stage: Stage) -> None:
    """Compare the databases of the regions, and judge rows, sequences, schema, grants and roles."""
    stage.drill.conclude()
    compared = stage.drill.world.compare()
    stage.drill.journal.record(compared)
    stage.hold([DataParity((compared.store,))])


@then("no password can be read in the databases")
def no_password_can_be_read(stage: Stage) -> None:
    """Judge whether catalogs or logs hold a password."""
    stage.hold([Credentials()])


@then("the databases admit no stranger")
def the_databases_admit_no_stranger(stage: Stage) -> None:
    """Judge whether somebody came in from where the clients are."""
    stage.hold([Admission()])


@then(sentence(r"the databases keep at most (?P<megabytes>\d+) MB for a standby that is away"))
def the_databases_keep_at_most(stage: Stage, megabytes: str) -> None:
    """Judge how much of a disk a standby can fill that does not fetch its changes."""
    stage.hold([SlotRetention(float(megabytes))])


@then("somebody is told before a standby is given up")
def somebody_is_told(stage: Stage) -> None:
    """Judge whether an alarm came while a slot that is lost still had what its standby needs."""
    stage.hold([SlotAlarm()])


@then(sentence(r"the lag that is told is right to (?P<duration>\d.*)"), converters=CONVERTERS)
def the_lag_is_right(stage: Stage, duration: float) -> None:
    """Judge what monitoring told of the replica's lag by what the replica really lacked."""
    stage.hold([ToldLag(duration)])


@then("stray writes harm nobody")
def stray_writes_harm_nobody(stage: Stage) -> None:
    """Judge what a write past the service does in the region that is not the writer's."""
    stage.hold([StrayWrites()])


@then("every lost write is in a rollback file")
def every_lost_write_is_in_a_rollback_file(stage: Stage) -> None:
    """Judge whether what the members took back is what clients lost."""
    stage.hold([RollbackFiles()])


@then(sentence(r"the writer moves at most (?P<times>\d+) times?"))
def the_writer_moves_at_most(stage: Stage, times: str) -> None:
    """Judge how often another region's database took over the writing."""
    stage.hold([WriterMoves(int(times))])
