"""Which record set Route 53 answers with: tables of its documentation, and properties that hold for all groups."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggie_harness.emulation.route53.latency import PLACES, floor_milliseconds, great_circle_km, model_milliseconds
from ziggie_harness.emulation.route53.records import RecordSet
from ziggie_harness.emulation.route53.routing import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

PRIMARY = RecordSet("api.", "A", 60, ("1.1.1.1",), "one", failover="PRIMARY", health_check_id="p")
SECONDARY = RecordSet("api.", "A", 60, ("2.2.2.2",), "two", failover="SECONDARY", health_check_id="s")


def chosen(group: Sequence[RecordSet], healthy: set[str], seed: int = 0, asked_from: str = "eu-north-1") -> RecordSet:
    """Choose with these health checks healthy."""
    draw = random.Random(seed).random  # noqa: S311 - chance, not secrecy
    return choose(group, healthy.__contains__, draw, asked_from)


@pytest.mark.parametrize(
    ("healthy", "answer"), [({"p", "s"}, PRIMARY), ({"p"}, PRIMARY), ({"s"}, SECONDARY), (set(), PRIMARY)]
)
def test_failover(healthy: set[str], answer: RecordSet) -> None:
    """Source: botocore service model, ResourceRecordSet.Failover, its four cases."""
    assert chosen((SECONDARY, PRIMARY), healthy) == answer


def test_failover_to_a_secondary_without_a_check() -> None:
    """Source: botocore service model, ResourceRecordSet.Failover, "regardless of the health of the ... endpoint"."""
    unchecked = replace(SECONDARY, health_check_id=None)
    assert chosen((PRIMARY, unchecked), set()) == unchecked


def test_one_record_set_alone_answers_in_any_health() -> None:
    """Source: Developer Guide, "How Amazon Route 53 chooses records ...": none healthy, all count as healthy."""
    assert chosen((PRIMARY,), set()) == PRIMARY
    with pytest.raises(ValueError, match="no record set to choose from"):
        chosen((), set())


def weighted(weight: int, number: int) -> RecordSet:
    """Make a weighted record set with its own health check."""
    return RecordSet("w.", "A", 60, (f"9.9.9.{number}",), f"w{number}", weight=weight, health_check_id=f"w{number}")


def drawn(group: Sequence[RecordSet], healthy: set[str]) -> Counter[str | None]:
    """Choose a thousand times."""
    draw = random.Random(7).random  # noqa: S311 - chance, not secrecy
    return Counter(choose(group, healthy.__contains__, draw, "").set_identifier for _ in range(1000))


def test_weights_are_shares() -> None:
    """Source: botocore service model, ResourceRecordSet.Weight, "the ratio of a resource's weight to the total"."""
    counts = drawn((weighted(3, 0), weighted(1, 1)), {"w0", "w1"})
    assert 700 < counts["w0"] < 800
    assert counts["w0"] + counts["w1"] == 1000


def test_all_weights_zero_means_equal_chances() -> None:
    """Source: botocore service model, ResourceRecordSet.Weight, "to all resources with equal probability"."""
    counts = drawn((weighted(0, 0), weighted(0, 1)), {"w0", "w1"})
    assert 430 < counts["w0"] < 570


def test_weight_zero_answers_only_when_no_other_is_healthy() -> None:
    """Source: Developer Guide, "Weighted routing", health checks and zero weights."""
    group = (weighted(5, 0), weighted(0, 1))
    assert drawn(group, {"w0", "w1"}) == {"w0": 1000}
    assert drawn(group, {"w1"}) == {"w1": 1000}
    assert drawn(group, set()) == {"w0": 1000}


def near(region: str) -> RecordSet:
    """Make a latency record set with its own health check."""
    return RecordSet("l.", "A", 60, ("8.8.8.8",), region, region=region, health_check_id=region)


def test_latency_prefers_the_closest_healthy_region() -> None:
    """Source: botocore service model, ResourceRecordSet.Region, "the lowest latency"."""
    group = (near("eu-west-1"), near("eu-north-1"), near("us-east-1"))
    everywhere = {"eu-west-1", "eu-north-1", "us-east-1"}
    assert chosen(group, everywhere).region == "eu-north-1"
    assert chosen(group, everywhere - {"eu-north-1"}).region == "eu-west-1"
    assert chosen(group, everywhere, asked_from="us-east-2").region == "us-east-1"
    assert chosen(group, set()).region == "eu-north-1"


def test_the_model_of_latency_is_geography() -> None:
    """The fibre floors of Stockholm to Ireland and Frankfurt are those of the guide's review: 15.9 and 11.6 ms."""
    assert floor_milliseconds("eu-north-1", "eu-west-1") == pytest.approx(15.9, abs=0.1)
    assert floor_milliseconds("eu-north-1", "eu-central-1") == pytest.approx(11.6, abs=0.1)
    assert great_circle_km("eu-north-1", "eu-west-1") == pytest.approx(1628, abs=5)
    for one in PLACES:
        assert great_circle_km(one, one) == pytest.approx(0, abs=1e-6)
        for other in PLACES:
            assert model_milliseconds(one, other) == pytest.approx(model_milliseconds(other, one))
            assert model_milliseconds(one, other) >= floor_milliseconds(one, other)


REGIONS = sorted(PLACES)
GROUPS = st.one_of(
    st.permutations([PRIMARY, SECONDARY]),
    st.lists(st.integers(0, 255), min_size=1, max_size=6).map(
        lambda weights: [weighted(weight, number) for number, weight in enumerate(weights)]
    ),
    st.lists(st.sampled_from(REGIONS), min_size=1, max_size=6, unique=True).map(
        lambda regions: [near(region) for region in regions]
    ),
)


@given(GROUPS, st.data())
def test_an_unhealthy_record_set_never_answers_while_a_healthy_one_could(
    group: list[RecordSet], data: st.DataObject
) -> None:
    """The promise of DNS failover, for every policy, group, health and chance; and who answers is of the group."""
    checks = [record.health_check_id or "" for record in group]
    healthy = set(data.draw(st.lists(st.sampled_from(checks))))
    answer = chosen(group, healthy, seed=data.draw(st.integers(0, 99)), asked_from=data.draw(st.sampled_from(REGIONS)))
    assert answer in group
    if healthy and len(group) > 1:
        assert answer.health_check_id in healthy


@given(GROUPS, st.randoms(use_true_random=False), st.integers(0, 99))
def test_the_order_in_which_record_sets_were_made_does_not_matter(
    group: list[RecordSet], shuffler: random.Random, seed: int
) -> None:
    """The same seed gives the same answer for the same group in any order."""
    shuffled = list(group)
    shuffler.shuffle(shuffled)
    healthy = {record.health_check_id or "" for record in group}
    assert chosen(group, healthy, seed) == chosen(shuffled, healthy, seed)
