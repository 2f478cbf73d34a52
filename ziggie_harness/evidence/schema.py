"""The JSON Schema of sealed evidence, as it ships with the harness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = Path(__file__).parent / "evidence-v2.schema.json"
"""The schema; each of its definitions is one file of a bundle or of a run, or a part of one."""


def schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    document: dict[str, Any] = json.loads(SCHEMA.read_bytes())
    return document
