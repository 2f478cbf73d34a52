"""A design of somebody else, with code of its own: what the how-to page shows is read, and what is wrong is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ziggie_harness.backends.emulated.owner_scripts import read_runbook
from ziggie_harness.drill.stage import ACTIVE_PASSIVE, designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.fixtures.drill import own_design
from ziggie_harness.model.errors import TopologyError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "drill-your-own-failover-code.md"

FUNCTION, RUNBOOKS, DESCRIPTION = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write the design that the page shows, with the code beside it."""
    design = yaml.safe_load(designs()["failover-function"].read_text(encoding="utf-8"))
    design |= yaml.safe_load(FUNCTION) | yaml.safe_load(RUNBOOKS)
    (tmp_path / "my_function").mkdir()
    (tmp_path / "my_function" / "takeover.py").write_text("def lambda_handler(event, context): ...\n")
    (tmp_path / "my_failover.sh").write_text("echo complete\n")
    (tmp_path / "my_failover.yaml").write_text(DESCRIPTION)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(design), encoding="utf-8")
    return path


def test_the_design_of_the_page_is_read(own: Path) -> None:
    """Function and script are found from the folder of the file, wherever the run was started."""
    topology = read_topology(own)
    assert Path(topology.functions["ziggie-failover"].code) == own.parent / "my_function"
    assert topology.functions["ziggie-failover"].handler == "takeover.lambda_handler"
    script = Path(topology.runbooks["failover"])
    assert script == own.parent / "my_failover.sh"
    assert read_runbook(script, {}).claims == "complete"


def test_a_script_that_is_not_there_is_named(own: Path) -> None:
    """Without the file that describes it a script is none."""
    (own.parent / "my_failover.yaml").unlink()
    with pytest.raises(TopologyError, match=r"mine\.yaml:\d+.*runbooks\.failover"):
        read_topology(own)


def test_a_design_takes_the_place_of_another() -> None:
    """Of the active-passive one where nothing else is said."""
    assert own_design(None) is None
    assert own_design("mine.yaml") == (ACTIVE_PASSIVE, Path("mine.yaml"))
    assert own_design("failover-function=mine.yaml") == (designs()["failover-function"], Path("mine.yaml"))
    with pytest.raises(pytest.UsageError, match="there is no design 'other'; it is one of active-passive"):
        own_design("other=mine.yaml")
