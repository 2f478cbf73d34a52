"""Which calls meet a trouble: those of its operations, and of these all, or all but every so many."""

from __future__ import annotations

import pytest

from ziggie_harness.backends.emulated.calls import AwsError, Call, HttpRequest
from ziggie_harness.backends.emulated.troubles import Troubles
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.api_trouble import Trouble

REGION = "eu-west-1"


def met(troubles: Troubles, operation: str, region: str = REGION) -> bool:
    """Make a call of RDS, and say whether it met a trouble."""
    call = Call("rds", operation, region, "internet", {}, HttpRequest("POST", "/", f"rds.{region}.amazonaws.com"))
    try:
        troubles.meet(call)
    except AwsError:
        return True
    return False


@pytest.fixture
def troubles() -> Troubles:
    """Begin without any."""
    return Troubles(DrillClock())


def test_every_third_call_goes_through(troubles: Troubles) -> None:
    """Counted from the moment that it is in force, in its own region alone."""
    for _ in range(2):
        with troubles.between(REGION, "rds", Trouble(code="Throttling", every=3)):
            assert [met(troubles, "DescribeDBInstances") for _ in range(6)] == [True, True, False, True, True, False]
            assert not met(troubles, "DescribeDBInstances", "eu-north-1")
    assert not met(troubles, "DescribeDBInstances")


def test_a_trouble_of_one_operation_leaves_the_others(troubles: Troubles) -> None:
    """And of that one it lets nothing through."""
    trouble = Trouble(code="Throttling", operations=frozenset({"PromoteReadReplica"}))
    with troubles.between(REGION, "rds", trouble):
        assert not met(troubles, "DescribeDBInstances")
        assert all(met(troubles, "PromoteReadReplica") for _ in range(3))
