"""The format as its schema says: every file of a bundle validates, and the schema is as strict as the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from ziggie_harness.evidence.bundle import EVERY, FORMAT, MANIFEST, SBOM, SIGNATURE
from ziggie_harness.evidence.run_record import write_run
from ziggie_harness.evidence.schema import SCHEMA, schema
from ziggie_harness.evidence.sealed import read_bundle
from ziggie_harness.evidence.summary import Effort

if TYPE_CHECKING:
    from ziggie_harness.evidence.signing import SigningKey

KEPT = Path(__file__).resolve().parents[1] / "data" / "evidence" / "drill"

FILES = sorted({*EVERY, MANIFEST, SIGNATURE} - {SBOM})
"""The files whose format is ours; the list of packages has a schema of its field's own."""


def objections(name: str, document: object) -> list[str]:
    """Return what the schema has against a file's content."""
    whole = schema()
    validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def documents(path: Path) -> list[Any]:
    """Read a file: one document, or one for each line."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]


def test_the_schema_is_one() -> None:
    """By the rules of JSON Schema, and of this version of the format."""
    Draft202012Validator.check_schema(schema())
    assert schema()["$id"].endswith(f"evidence-v{FORMAT}.json")
    assert SCHEMA.name == f"evidence-v{FORMAT}.schema.json"
    assert set(FILES) < schema()["$defs"].keys()


@pytest.mark.parametrize("name", FILES)
def test_a_bundle_validates(sealed: Path, name: str) -> None:
    """That of a caught sabotage, and one of a real drill that passed."""
    for directory in (sealed, KEPT):
        found = [objection for document in documents(directory / name) for objection in objections(name, document)]
        assert found == []


def test_the_record_of_a_run_validates(sealed: Path, key: SigningKey) -> None:
    """With its signature."""
    path = write_run(sealed.parent, [read_bundle(sealed).played], Effort(1.0, 1), ("pytest",), key)
    assert objections("run.json", json.loads(path.read_bytes())) == []
    assert objections(SIGNATURE, json.loads(path.with_name("run.json.dsse").read_bytes())) == []


@pytest.mark.parametrize("name", sorted(set(FILES) - {"verdicts.json", "history.jsonl"}))
def test_a_missing_or_unknown_key_is_found(name: str) -> None:
    """Nothing is left out, and nothing stands there that nobody explains."""
    (document,) = documents(KEPT / name)
    for key in document:
        assert objections(name, {other: value for other, value in document.items() if other != key})
    assert objections(name, {**document, "surprise": 1})


def test_every_key_is_explained() -> None:
    """Each property of each object has a description, from which the reference is generated."""

    def unexplained(part: object, place: str) -> list[str]:
        """Return where a description is missing."""
        found = []
        if isinstance(part, dict):
            for key, value in part.get("properties", {}).items():
                if "$ref" not in value and not value.get("description"):
                    found.append(f"{place}.{key}")
            for key, value in part.items():
                found += unexplained(value, f"{place}.{key}")
        if isinstance(part, list):
            found += [one for value in part for one in unexplained(value, place)]
        return found

    assert unexplained(schema(), "") == []
