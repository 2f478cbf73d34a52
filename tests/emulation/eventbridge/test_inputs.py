"""What a target gets of an event.

Source: EventBridge user guide, "Amazon EventBridge input transformation"; botocore service model, events, Target.
"""

from __future__ import annotations

import json

import pytest

from ziggie_harness.emulation.eventbridge.inputs import input_of

EVENT = {
    "id": "1",
    "detail": {"state": {"value": "ALARM"}, "count": 2, "list": ["a"]},
    "resources": ["arn"],
}


@pytest.mark.parametrize(
    ("target", "handed"),
    [
        ({}, json.dumps(EVENT)),
        ({"Input": '{"mine": 1}'}, '{"mine": 1}'),
        ({"InputPath": "$.detail.state"}, '{"value": "ALARM"}'),
        ({"InputPath": "$"}, json.dumps(EVENT)),
        ({"InputPath": "$.detail.absent.deeper"}, "null"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"state": "$.detail.state.value"},
                    "InputTemplate": "It is <state>.",
                }
            },
            "It is ALARM.",
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"state": "$.detail.state.value", "list": "$.detail.list", "n": "$.detail.count"},
                    "InputTemplate": '{"s": <state>, "t": "is <state>", "l": <list>, "n": <n>}',
                }
            },
            '{"s": "ALARM", "t": "is ALARM", "l": ["a"], "n": 2}',
        ),
        (
            {"InputTransformer": {"InputTemplate": "<aws.events.event.json>"}},
            json.dumps(EVENT),
        ),
    ],
)
def test_each_way_of_an_input(target: dict[str, object], handed: str) -> None:
    """All of it, a constant, a part, and a text or an object made from parts."""
    assert input_of(target, EVENT) == handed
