"""Quantiles of few measurements, and how far the true ones may be above them, whatever their distribution is.

Recovery times have no distribution that anybody could name, so nothing is assumed but that drills are independent of
each other and alike. Source: G. J. Hahn, W. Q. Meeker, *Statistical Intervals*, 1991, section 5.2: the u-th smallest
of n values is an upper confidence bound for the p-quantile when a binomial variable of n and p is below u with at least
that confidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

CONFIDENCE: Final = 0.95
"""How sure the bounds are."""


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least a share of all values do not exceed; raise ValueError without values."""
    if not values:
        raise ValueError("nothing was measured, so there is no quantile")
    return sorted(values)[max(math.ceil(round(share * len(values), 9)), 1) - 1]


def upper_bound(values: Sequence[float], share: float, confidence: float = CONFIDENCE) -> float | None:
    """Return what the true quantile does not exceed with that confidence, or None when there are too few values."""
    below = 0.0
    for rank, value in enumerate(sorted(values), start=1):
        below += math.comb(len(values), rank - 1) * share ** (rank - 1) * (1 - share) ** (len(values) - rank + 1)
        if below >= confidence:
            return value
    return None


def needed(share: float, confidence: float = CONFIDENCE) -> int:
    """Return how many values it takes for an upper bound of a quantile: 59 for p95 with 95 % confidence."""
    return math.ceil(math.log(1 - confidence) / math.log(share))
