"""What the servers of a region take in a second, and nothing beyond it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as some

from ziggie_harness.service.api import Service
from ziggie_harness.service.capacity import Capacity
from ziggie_harness.service.http_server import Asked
from ziggie_harness.service.settings import service_settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ziggie_harness.kernel.process_clock import Descriptor


class Still:
    """A clock that stands."""

    def now(self) -> float:
        """Return the one time that there is."""
        return 5.0

    def sleep_until(self, at_seconds: float) -> None:
        """Rest for no time."""

    def await_socket(self, sock: Descriptor, *, writable: bool, until_seconds: float) -> bool:
        """Wait for nothing."""
        return True

    def actor(self, name: str) -> AbstractContextManager[None]:
        """Take anybody."""
        return nullcontext()

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Know of no cut."""
        return None


def test_a_request_too_many_is_refused_before_the_database_is_asked() -> None:
    """With its reason, and as one that was not applied; nobody listens where this database should be."""
    variables = {
        "ZIGGIE_REGION": "eu-west-1",
        "ZIGGIE_LISTEN": "127.0.0.1:1",
        "ZIGGIE_CERTIFICATE": "none",
        "ZIGGIE_KEY": "none",
        "ZIGGIE_DATABASE": "127.0.0.1:1",
        "ZIGGIE_CAPACITY": "5",
    }
    service = Service(Still(), service_settings(variables))
    capacity = service._capacity
    assert capacity is not None
    assert all(capacity.takes(5.0) for _ in range(5))
    answer = service.answer(Asked("PUT", "/orders/a", b"", lambda: None, lambda _: None))
    told = json.loads(b"".join(answer.body))
    assert (answer.status, told["applied"]) == (503, "no")
    assert told["reason"] == "over capacity: the servers of eu-west-1 take 5 requests a second"


def test_a_file_tells_of_more_servers(tmp_path: Path) -> None:
    """As soon as it is written; one that is not there, or says nothing, changes nothing."""
    told = tmp_path / "capacity"
    capacity = Capacity(1, 0.0, str(told))
    assert [capacity.takes(0.0) for _ in range(2)] == [True, False]
    told.write_text("")
    assert [capacity.takes(1.0) for _ in range(2)] == [True, False]
    told.write_text("3")
    assert [capacity.takes(2.0) for _ in range(4)] == [True, True, True, False]


def test_what_comes_at_once_is_taken_up_to_a_seconds_worth() -> None:
    """A burst of one second is taken, the next request is not, and time brings one after the other."""
    capacity = Capacity(3, 10.0)
    assert [capacity.takes(10.0) for _ in range(4)] == [True, True, True, False]
    assert capacity.takes(10.34)
    assert not capacity.takes(10.5)
    assert [capacity.takes(100.0) for _ in range(4)] == [True, True, True, False]


@given(times=some.lists(some.floats(0, 20), min_size=1, max_size=200), rate=some.integers(1, 9))
def test_never_more_than_the_rate_and_one_burst(times: list[float], rate: int) -> None:
    """Over any time no more is taken than fills the bucket in it, and what was in it; late clocks change nothing."""
    capacity = Capacity(rate, 0.0)
    taken = sum(capacity.takes(at) for at in times)
    assert taken <= rate + max(times) * rate + 1e-6
