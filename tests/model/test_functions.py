"""Declared functions: what is read of them, and what cannot be so together; the printed one stays as it is."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from ziggie_harness.drill.stage import DATA, designs
from ziggie_harness.drill.topology_file import placed, read_topology
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology_document import document_of, override, topology_of

DESIGN = read_topology(designs()["failover-function"])

PRINTED = "93fdb0138df6138851151e511a26ff550b338ead6805fffe5e3d73b338f21acc"
"""SHA-256 of the function of guide §6, "Automated Failover with Lambda", between its fences."""


def test_the_printed_function_is_the_guides_byte_for_byte() -> None:
    """Whoever corrects it by accident drills something else than the guide."""
    code = (DATA / "functions" / "as_printed" / "lambda_function.py").read_bytes()
    assert hashlib.sha256(code).hexdigest() == PRINTED


def test_the_design_is_read_and_written_again() -> None:
    """What was declared is what is found, its code counted from the folder of the file."""
    function = DESIGN.functions["ziggie-failover"]
    assert Path(function.code).samefile(DATA / "functions" / "corrected")
    assert topology_of(document_of(DESIGN)) == DESIGN
    assert Capability.FUNCTIONS in DESIGN.needs
    assert Capability.FUNCTIONS not in read_topology(designs()["alerted"]).needs


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"alerts.rules.fail-over.functions": ["other"]}, "a declared function (ziggie-failover)"),
        ({"functions.ziggie-failover.region": "primary"}, "a function in the secondary region, as AWS asks"),
        ({"alerts.rules.look-by-itself.every": "90 s"}, "whole minutes"),
        ({"alerts.rules.look-by-itself.pattern": {"source": ["a"]}}, "a pattern, or `every` for a rate"),
        ({"functions.ziggie-failover.timeout": "16 min"}, "900"),
        ({"functions.ziggie-failover.memory_megabytes": 64}, "128"),
        ({"functions.ziggie-failover.handler": "nothing"}, "MODULE.FUNCTION"),
        ({"functions.ziggie-failover.on_failure": "nobody"}, "a declared topic (failover)"),
        ({"alerts": None}, "`alerts`, whose rules hand it events"),
    ],
)
def test_what_cannot_be_so_is_named(changes: dict[str, object], part: str) -> None:
    """Each problem names the key and what was expected."""
    with pytest.raises(TopologyError) as error:
        override(DESIGN, changes)
    assert part in str(error.value)


def test_code_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error names the function, the folder and from where it was looked for."""
    function = dataclasses.replace(DESIGN.functions["ziggie-failover"], code="nowhere")
    with pytest.raises(TopologyError, match=r"functions\.own\.code") as error:
        placed(dataclasses.replace(DESIGN, functions={"own": function}), tmp_path / "own.yaml")
    assert str(tmp_path) in str(error.value)
