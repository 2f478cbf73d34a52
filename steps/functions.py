"""Then: what the owner's functions did, and how often they failed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import then

from ziggie_harness.checks.function_acts import FunctionActs
from ziggie_harness.checks.one_failover import OneFailover
from ziggie_harness.checks.stop_obeyed import StopObeyed

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage


@then("the function is reached and ends what it begins")
def the_function_acts(stage: Stage) -> None:
    """Judge how the invocations after the fault ended, and where the way to the function breaks."""
    stage.hold([FunctionActs()])


@then("the service fails over exactly once")
def it_fails_over_once(stage: Stage) -> None:
    """Judge how often what moves the service was asked for."""
    stage.hold([OneFailover(1)])


@then("the service does not fail over")
def it_does_not_fail_over(stage: Stage) -> None:
    """Judge that nothing that moves the service was asked for."""
    stage.hold([OneFailover(0)])


@then("a stop of the owner's is obeyed")
def a_stop_is_obeyed(stage: Stage) -> None:
    """Judge that nothing that moves the service was asked for while a stop was in force."""
    stage.hold([StopObeyed()])
