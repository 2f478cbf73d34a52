"""The list of packages: valid in the format of its field, complete, and the same for the same environment."""

from __future__ import annotations

import json
from importlib.metadata import version

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from ziggie_harness.evidence.sbom import sbom


def test_it_is_valid_cyclonedx() -> None:
    """The validator of that format has no objection."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom().decode()) is None


def test_it_names_every_package_once() -> None:
    """Each with its version and its package URL."""
    components = json.loads(sbom())["components"]
    urls = [component["purl"] for component in components]
    assert f"pkg:pypi/moto@{version('moto')}" in urls
    assert len(urls) == len(set(urls))


def test_the_same_packages_give_the_same_bytes() -> None:
    """No time of day and no random number stands in it."""
    assert sbom() == sbom()
