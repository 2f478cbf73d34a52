"""The list of every package that a drill ran with, in the format of the field: CycloneDX.

Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions
from typing import Final
from urllib.parse import quote

from ziggie_harness.evidence.canonical import canonical

HARNESS: Final = "ziggie-harness"

_SEPARATORS: Final = re.compile(r"[-_.]+")


def sbom() -> bytes:
    """Return the installed packages as a CycloneDX document; the same packages give the same bytes."""
    # Of a package that is there twice, the first on the path is the one that Python imports.
    found = {_normal(package): package for package in reversed(list(distributions()))}
    components = [_component(found[name], name) for name in sorted(found) if name != HARNESS]
    harness = _component(found[HARNESS], HARNESS) if HARNESS in found else {"type": "application", "name": HARNESS}
    return canonical(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {**harness, "type": "application"}},
            "components": components,
        }
    )


def _component(package: Distribution, name: str) -> dict[str, object]:
    """Describe one package; its package URL is how lists of weaknesses name it."""
    purl = f"pkg:pypi/{name}@{quote(package.version)}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": package.version, "purl": purl}


def _normal(package: Distribution) -> str:
    """Return a package's name as registries spell it: https://packaging.python.org/specifications/name-normalization."""
    return _SEPARATORS.sub("-", package.metadata["Name"]).lower()
