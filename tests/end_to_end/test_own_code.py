"""Code of somebody else under the scenarios of the harness, by a design alone, with the commands of the how-to page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from ziggie_harness.drill.stage import ACTIVE_PASSIVE, designs
from ziggie_harness.kernel.journal import read_history
from ziggie_harness.model.function_events import FunctionDeployed, FunctionEnded
from ziggie_harness.model.history import ScriptEnded

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Place
    from ziggie_harness.model.history import History

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("drills_play")]

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "drill-your-own-failover-code.md").read_text(encoding="utf-8")
FUNCTION, RUNBOOKS, DESCRIPTION = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
FUNCTION_COMMAND, SCRIPT_COMMAND = re.findall(r"```sh\npython3 dev.py features (.*)\n```", PAGE)

HANDLER = '''
"""A stranger's way to move the service: promote the replica when an alarm says that the primary region is lost."""

import os

import boto3


def lambda_handler(event, context):
    """Promote the replica, unless that is done or under way."""
    if event.get("detail-type") != "CloudWatch Alarm State Change":
        return "no alarm"
    rds = boto3.client("rds")
    [replica] = rds.describe_db_instances(DBInstanceIdentifier=os.environ["REPLICA"])["DBInstances"]
    if replica["DBInstanceStatus"] != "available" or not replica.get("ReadReplicaSourceDBInstanceIdentifier"):
        return "nothing to do"
    rds.promote_read_replica(DBInstanceIdentifier=os.environ["REPLICA"])
    return "promoted"
'''

SCRIPT = """\
#!/bin/bash
# A stranger's way to move the service: promote the replica, and wait until the secondary region takes a write.
set -eu
aws rds promote-read-replica --region "$SECONDARY_REGION" --db-instance-identifier "$REPLICA" >/dev/null
until curl -sf --max-time 5 --resolve "$NAME:443:$SECONDARY_IP" --request PUT "https://$NAME/orders/mine"; do
  sleep 10
done
echo "Failover complete."
"""


def own_design(place: Place, design: Path, lines: str) -> Path:
    """Write a design of the harness with other lines, as the page has them, beside a stranger's code."""
    home = place.directory / "own"
    (home / "my_function").mkdir(parents=True)
    (home / "my_function" / "takeover.py").write_text(HANDLER, encoding="utf-8")
    (home / "my_failover.sh").write_text(SCRIPT, encoding="utf-8")
    (home / "my_failover.yaml").write_text(DESCRIPTION, encoding="utf-8")
    document = yaml.safe_load(design.read_text(encoding="utf-8")) | yaml.safe_load(lines)
    (home / "mine.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return home / "mine.yaml"


def play(place: Place, design: Path, command: str, scenario: str) -> History:
    """Play one scenario by a command of the page; return the history of its drill."""
    assert design.name in command
    arguments = shlex.split(command.replace(design.name, str(design)))
    done = place.finish(place.command(*arguments, "-k", scenario))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 scenario: 1 passed." in done.stdout
    [history] = place.evidence.glob("*/history.jsonl")
    return read_history(history)


def test_the_function_of_a_stranger_moves_the_service(place: Place) -> None:
    """Nothing but the lines of the page and the code differ from the design with the corrected function."""
    design = own_design(place, designs()["failover-function"], FUNCTION)
    # Not the event that comes twice: two runs that look before either of them promotes both promote, and are caught.
    history = play(place, design, FUNCTION_COMMAND, "functions and not_an_outage and server")
    assert {event.handler for _, event in history.of_kind(FunctionDeployed)} == {"takeover.lambda_handler"}
    assert '"promoted"' in [event.result for _, event in history.of_kind(FunctionEnded)]


def test_the_script_of_a_stranger_moves_the_service(place: Place) -> None:
    """It takes the place of the corrected one in the scenarios of the active-passive design."""
    design = own_design(place, ACTIVE_PASSIVE, RUNBOOKS)
    history = play(place, design, SCRIPT_COMMAND, "the_owners_script and the_primary_region_goes_dark")
    [(_, ended)] = history.of_kind(ScriptEnded)
    assert (Path(ended.script).name, ended.claims) == ("my_failover", True)
