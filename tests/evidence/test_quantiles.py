"""Quantiles and their bounds, against the exact binomial distribution."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import accumulate

import pytest

from ziggie_harness.evidence.quantiles import needed, quantile, upper_bound


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0], 0.95, 3.0), ([2.0, 1.0], 0.5, 1.0), ([5, 1, 4, 2, 3], 0.5, 3), (range(1, 101), 0.95, 95)],
)
def test_a_quantile_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    """The smallest value that the share does not exceed."""
    assert quantile(list(values), share) == expected


def test_nothing_has_no_quantile() -> None:
    """Without a measurement there is no number."""
    with pytest.raises(ValueError, match="nothing was measured"):
        quantile([], 0.5)
    assert upper_bound([], 0.5) is None


@pytest.mark.parametrize("share", [Fraction(1, 2), Fraction(19, 20)])
def test_a_bound_is_the_smallest_that_is_sure_enough(share: Fraction) -> None:
    """The rank that is chosen reaches the confidence, and the one below it does not."""
    for n in range(1, 121):
        sure = accumulate(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n))
        expected = next((rank for rank, p in enumerate(sure, start=1) if p >= Fraction(19, 20)), None)
        assert upper_bound([float(rank) for rank in range(n, 0, -1)], float(share)) == expected


def test_how_many_it_takes() -> None:
    """Wilks' numbers: 59 for p95 and 5 for the median, with 95 % confidence; one less gives no bound."""
    assert (needed(0.95), needed(0.5)) == (59, 5)
    assert upper_bound(range(58), 0.95) is None
    assert upper_bound(range(59), 0.95) == 58
