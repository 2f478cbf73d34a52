"""Variants of the topology: each plants one defect of the guide, and what is no variant is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziggie_harness.drill.stage import designs, variants
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.drill.variants import Variant, read_variants
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.topology_document import override


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.phrase)
def test_each_variant_is_a_valid_design_that_differs(variant: Variant) -> None:
    """A planted defect is accepted by the topology's rules, as AWS would accept it, and changes the design."""
    design = read_topology(designs()[variant.topology])
    assert override(design, variant.overrides) != design
    assert variant.defect.startswith("G")


def test_a_file_that_is_no_variant_is_named(tmp_path: Path) -> None:
    """The error names the file and what a variant holds."""
    (tmp_path / "odd.yaml").write_text("phrase: without anything\n", encoding="utf-8")
    with pytest.raises(TopologyError, match=r"odd\.yaml"):
        read_variants(tmp_path, designs())


def test_a_variant_of_an_unknown_design_is_named(tmp_path: Path) -> None:
    """The error names the file, the design and those that there are."""
    text = "topology: active-pasive\nphrase: without anything\ndefect: G01\noverrides: {}\n"
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TopologyError, match=r"odd\.yaml.*active-pasive"):
        read_variants(tmp_path, designs())
