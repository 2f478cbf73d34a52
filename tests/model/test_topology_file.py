"""A topology file is read, and what is wrong with it is named with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ziggie_harness import fixtures
from ziggie_harness.drill.topology_file import TopologyWarning, read_topology
from ziggie_harness.model.errors import TopologyError
from ziggie_harness.model.topology_document import document_of, override

CORRECTED = Path(fixtures.__path__[0]) / "data" / "topologies" / "active_passive.yaml"


def line_of(text: str, part: str) -> int:
    """Return the number of the first line that has this part."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_corrected_design_is_read() -> None:
    """The design that ships is valid, without advice, and differs from the guide where the defects are."""
    topology = read_topology(CORRECTED)
    assert topology.health_checks["primary-health"].detection_seconds == 30
    assert {name for name, check in topology.health_checks.items() if check.enable_sni} == set(topology.health_checks)
    assert topology.fencing is not None
    assert (topology.objective.rto_seconds, topology.objective.rpo_seconds) == (900, 5)


@pytest.mark.parametrize("ttl", ["60 s", "1 h"])
def test_a_written_design_is_read_again(tmp_path: Path, ttl: str) -> None:
    """What is written as YAML is read as the same design."""
    topology = override(read_topology(CORRECTED), {"records.api.ttl": ttl, "objectives.active-passive.rto": "2 h"})
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(document_of(topology)), encoding="utf-8")
    assert read_topology(path) == topology


# Each row: what is replaced, by what, a part of the line that is named, words of the problem.
FAULTY = [
    ("ttl: 60 s", "ttl: 60", "ttl: 60", "records.api.ttl: found 60, expected a duration with its unit"),
    ("ttl: 60 s", "tll: 60 s", "tll: 60 s", "records.api.tll: found an unknown key"),
    ("ttl: 60 s", "tll: 60 s", "  api:", "records.api.ttl: found nothing, expected this key to be present"),
    ("ttl: 60 s", "ttl: 60 s\n    type: A", "  api:", "records.api.type: found the same key again in line"),
    ("    engine: postgres\n", "", "  orders:", "databases.orders.engine: found nothing"),
    (
        "health_check: primary-health",
        "health_check: primary",
        "health_check: primary",
        "expected a declared health check",
    ),
    ("witness: eu-central-1 ", "witness: eu-west-1 ", "witness: eu-west-1", "another region than the one of secondary"),
    ("name: ziggie\n", "name: ziggie\n\tx: 1\n", "\tx: 1", "expected YAML"),
    (
        "name: ziggie\n",
        "name: !!python/object:os.system ziggie\n",
        "name: !!python",
        "could not determine a constructor",
    ),
]


@pytest.mark.parametrize(("old", "new", "part", "words"), FAULTY, ids=[row[3][:40] for row in FAULTY])
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, part: str, words: str) -> None:
    """The problem names the line that the fault is in, or the part that something is missing from."""
    text = CORRECTED.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    path = tmp_path / "faulty.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TopologyError) as raised:
        read_topology(path)
    problem = next(str(problem) for problem in raised.value.problems if words in str(problem))
    number = line_of(text, part)
    # YAML's own word for a key that comes twice is the line of the first, which is a neighbour here.
    assert problem.startswith(f"{path}:{number + 1 if 'same key' in words else number}: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "found nothing, expected the keys of the topology"),
        (b"- a\n- b\n", "expected a mapping with name, strategy, zone"),
        (b"word\n", "expected a mapping with name, strategy, zone"),
        (b"\xff\xfe\x00", "expected YAML"),
        (b"a: &a\n  b: *a\n", "a: found an unknown key"),
        (b"? [1, 2]\n: 3\n", "expected"),
    ],
)
def test_what_is_no_topology_at_all_is_an_error_of_the_file(tmp_path: Path, content: bytes, words: str) -> None:
    """Empty, foreign, binary and self-referring files end in a sentence, not in a traceback."""
    path = tmp_path / "other.yaml"
    path.write_bytes(content)
    with pytest.raises(TopologyError) as raised:
        read_topology(path)
    assert words in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is named with the system's reason."""
    with pytest.raises(TopologyError, match="No such file"):
        read_topology(tmp_path / "none.yaml")


def test_an_objective_that_arithmetic_rules_out_is_a_warning(tmp_path: Path) -> None:
    """The owner of a file learns that no drill can pass it."""
    path = tmp_path / "hasty.yaml"
    path.write_text(CORRECTED.read_text(encoding="utf-8").replace("rto: 15 min", "rto: 15 s"), encoding="utf-8")
    with pytest.warns(TopologyWarning, match="more than the RTO of 15 s"):
        read_topology(path)


def test_a_backup_has_a_bucket_of_its_own(tmp_path: Path) -> None:
    """One that is also replicated to would be no backup."""
    design = CORRECTED.with_name("backed_up_buckets.yaml").read_text(encoding="utf-8")
    path = tmp_path / "same.yaml"
    path.write_text(design.replace("bucket: ziggie-assets-backup", "bucket: ziggie-assets-dr"), encoding="utf-8")
    with pytest.raises(TopologyError) as raised:
        read_topology(path)
    assert "another name than the two buckets that it protects" in str(raised.value)


def test_the_design_of_the_page_on_buckets_and_secrets_is_one(tmp_path: Path) -> None:
    """What the how-to page adds to the first design is understood as it stands there."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "drill-your-own-buckets-and-secrets.md"
    added = re.search(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert added
    ours = tmp_path / "ours.yaml"
    ours.write_text(CORRECTED.read_text(encoding="utf-8") + added[1], encoding="utf-8")
    found = read_topology(ours)
    assert (list(found.buckets), list(found.secrets)) == (["assets"], ["api-keys"])
