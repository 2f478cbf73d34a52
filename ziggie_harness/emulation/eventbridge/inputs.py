"""What a target gets of an event: all of it, a part, a constant, or a text made from parts.

Source: botocore service model, events, Target: Input, InputPath, InputTransformer; EventBridge user guide, "Amazon
EventBridge input transformation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

PLACEHOLDER: Final = re.compile(r"<([A-Za-z0-9_.\-]+)>")


def input_of(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Return what a target is handed of an event, as text."""
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if path := target.get("InputPath"):
        return json.dumps(_at(event, path))
    if transformer := target.get("InputTransformer"):
        values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
        values |= {"aws.events.event.json": event}
        template = str(transformer["InputTemplate"])
        return PLACEHOLDER.sub(lambda found: _written(values.get(found[1], ""), template, found.start()), template)
    return json.dumps(event)


def _at(event: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands at a path such as `$.detail.state`, or None."""
    found: Any = event
    for name in path.removeprefix("$").strip(".").split("."):
        if name:
            found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _written(value: object, template: str, at: int) -> str:
    """Write a value into a template: a text within quotes as it is, anything else as JSON."""
    if isinstance(value, str) and template.count('"', 0, at) % 2:
        return value
    return json.dumps(value) if not isinstance(value, str) or template.lstrip().startswith("{") else value
