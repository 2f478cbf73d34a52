"""When clients count as served without a break: tables of literal requests."""

from __future__ import annotations

import pytest

from ziggie_harness.drill.stability import obstacle
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.history import Event, History

OK, NO = Outcome.ACKNOWLEDGED, Outcome.REFUSED


def _write(started: float, ended: float, outcome: Outcome) -> tuple[float, Event]:
    """Return a write as it stands in a history."""
    return ended, RequestEnded("writes", "write", f"order-{started}", started, outcome, "eu-west-1", "", "because")


def _row(*outcomes: Outcome) -> list[tuple[float, Event]]:
    """Return a write a second, from 0 on, each taking a tenth of a second."""
    return [_write(second, second + 0.1, outcome) for second, outcome in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("events", "now", "said"),
    [
        ([], 10.0, "no write was acknowledged"),
        (_row(*[OK] * 11), 10.5, None),
        (_row(*[OK] * 5), 4.5, "not yet for 10 s"),
        (_row(*[OK] * 9, NO, OK), 10.5, "was refused: because"),
        (_row(NO, *[OK] * 12), 12.5, None),
        (_row(*[OK] * 11), 30.0, "no write was acknowledged"),
        # Started before the window, failed in it: the client had been waiting since before the recovery.
        ([*_row(*[OK] * 20), _write(5.0, 19.5, NO)], 19.6, None),
    ],
)
def test_obstacle(events: list[tuple[float, Event]], now: float, said: str | None) -> None:
    """Each history has the obstacle that a reader of it would name."""
    found = obstacle(History.of(*sorted(events, key=lambda pair: pair[0])), now, 10.0)
    assert found is None if said is None else found is not None and said in found
