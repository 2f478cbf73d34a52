"""Changes on their way to the name servers, in drill time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.emulation.route53.propagation import PROPAGATION_SECONDS, Propagation
from ziggie_harness.emulation.route53.records import RecordSet, Zone

if TYPE_CHECKING:
    from ziggie_harness.kernel.clock import DrillClock


def zone(address: str) -> Zone:
    """Make a zone with one address."""
    return Zone("Z1", "ziggie.ai.", (RecordSet("api.ziggie.ai.", "A", 60, (address,)),))


def test_a_change_arrives_after_a_minute(clock: DrillClock) -> None:
    """Source: botocore service model, ChangeResourceRecordSets, "within 60 seconds", and GetChange's two states."""
    published: list[tuple[float, Zone]] = []
    with Propagation(clock, lambda sent: published.append((clock.now(), sent))) as propagation:
        started = clock.now()
        change = propagation.submit(zone("1.1.1.1"))
        assert (propagation.status(change), published) == ("PENDING", [])
        clock.sleep(PROPAGATION_SECONDS - 1)
        assert (propagation.status(change), published) == ("PENDING", [])
        clock.sleep(1.1)
        assert propagation.status(change) == "INSYNC"
    ((at, sent),) = published
    assert sent == zone("1.1.1.1")
    assert PROPAGATION_SECONDS <= at - started < PROPAGATION_SECONDS + 0.1


def test_changes_arrive_in_their_order(clock: DrillClock) -> None:
    """Whoever was sent last is served last, though all of them are under way at once."""
    published: list[Zone] = []
    with Propagation(clock, published.append, seconds=30) as propagation:
        changes = [propagation.submit(zone(f"1.1.1.{number}"), f"change-{number}") for number in range(9)]
        clock.sleep(31)
        assert [propagation.status(change) for change in changes] == ["INSYNC"] * 9
    assert published[-1] == zone("1.1.1.8")


def test_an_overtaken_change_is_not_served(clock: DrillClock) -> None:
    """A thread that wakes late must not bring back an older state of the zone."""
    published: list[Zone] = []
    propagation = Propagation(clock, published.append)
    propagation._carry(zone("2.2.2.2"), "later", 2, clock.now())
    propagation._carry(zone("1.1.1.1"), "earlier", 1, clock.now())
    assert published == [zone("2.2.2.2")]


def test_an_unknown_change_has_no_status_and_none_is_carried_outside_the_block(clock: DrillClock) -> None:
    """GetChange says NoSuchChange; a submission that nobody would carry says what is missing."""
    propagation = Propagation(clock, lambda _: None)
    assert propagation.status("C0") is None
    with pytest.raises(RuntimeError, match="inside the block"):
        propagation.submit(zone("1.1.1.1"))
