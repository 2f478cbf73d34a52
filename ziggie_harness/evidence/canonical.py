"""JSON in one spelling, so that equal content gives equal bytes and equal digests."""

from __future__ import annotations

import json


def canonical(document: object) -> bytes:
    """Write a document as JSON; raise ValueError for a number that JSON does not have."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True).encode() + b"\n"
