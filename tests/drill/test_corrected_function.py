"""The corrected function stops when somebody asks the witness for a stop, and goes on when that has lapsed."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from ziggie_harness.drill.stage import designs
from ziggie_harness.service.http_server import Asked
from ziggie_harness.service.witness import Grant, Leases, answer

if TYPE_CHECKING:
    from pathlib import Path

STOP = "failover-stop"

STOP_SECONDS = 3600.0


class Invoked:
    """What Lambda tells a run of itself."""

    aws_request_id = "one"

    def get_remaining_time_in_millis(self) -> int:
        """Return that there is time enough."""
        return 600_000


class Place:
    """The function, with the witness's own leases and rules behind the wire that is missing here."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Load the function as it is deployed."""
        self.now_seconds = 0.0
        self.leases = Leases(lambda: self.now_seconds, directory / "leases")
        self.asked: list[str] = []
        code = designs()["failover-function"].parents[1] / "functions" / "corrected" / "lambda_function.py"
        spec = importlib.util.spec_from_file_location("lambda_function", code)
        assert spec is not None
        assert spec.loader is not None
        self.code: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.code)
        vars(self.code).update(ask=self.ask, PAUSE_SECONDS=0)
        for name in self.code.NEEDED:
            monkeypatch.setenv(name, "any")
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    def ask(self, method: str, _address: str, _host: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Answer as the witness does."""
        self.asked.append(f"{method} {path}")
        asked = Asked(method, path, (body or "").encode(), lasting=lambda: None, resting=lambda _: None)
        told = answer(self.leases, asked)
        return told.status, b"".join(told.body)

    def stop(self) -> None:
        """Ask the witness for a stop."""
        assert self.leases.claim(STOP, Grant("Ada", STOP_SECONDS)) is None


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Load the corrected function."""
    return Place(tmp_path, monkeypatch)


def test_a_run_that_finds_a_stop_begins_nothing(place: Place) -> None:
    """It looks for the stop first: neither the lock nor the fence is asked for, and the answer says by whom."""
    place.stop()
    assert place.code.lambda_handler({}, Invoked()) == {"state": "stopped", "by": "Ada"}
    assert place.asked == [f"GET /lease/{STOP}"]


def test_a_run_at_work_stops_at_its_next_look(place: Place) -> None:
    """What it waits for is not looked at again, and its lock is not held any longer."""
    run = place.code.Run(Invoked())
    looks: list[int] = []

    def look() -> bool:
        """See that it is not done, for the second time after the owner asked for the stop."""
        looks.append(len(looks))
        if len(looks) == 2:
            place.stop()
        return False

    with pytest.raises(place.code.Stopped, match="Ada"):
        run.until("it is done", look)
    assert looks == [0, 1]
    assert place.asked == [f"GET /lease/{STOP}", "PUT /lease/failover-run", f"GET /lease/{STOP}"]


def test_it_goes_on_when_the_stop_has_lapsed(place: Place) -> None:
    """Nobody has to take the stop away."""
    run = place.code.Run(Invoked())
    place.stop()
    place.now_seconds = STOP_SECONDS - 1
    with pytest.raises(place.code.Stopped):
        run.demand_no_stop()
    place.now_seconds = STOP_SECONDS
    run.demand_no_stop()
