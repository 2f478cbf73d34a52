"""What holds for every test: Hypothesis judges results, not the speed of a machine that others use too."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from ziggie_harness.drill.plugins import backends_found

settings.register_profile("ziggie", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("ziggie")


@pytest.fixture(scope="session")
def container_engine() -> None:
    """Skip what needs containers where this machine cannot play drills in them, with the backend's own reason."""
    if reason := backends_found()["containers"].limitation(frozenset()):
        pytest.skip(reason)
