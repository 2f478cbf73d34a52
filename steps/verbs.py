"""When: the operator acts. Plugins bring the ends of the sentence "the operator ..."."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import then, when

from ziggie_harness.checks.failover_rehearsed import FailoverRehearsed
from ziggie_harness.checks.no_trace import NoTrace
from ziggie_harness.checks.production_undisturbed import ProductionUndisturbed
from ziggie_harness.drill.plugins import verbs_found
from ziggie_harness.steps.needs import needing
from ziggie_harness.steps.phrases import literally, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.ports import Verb


def _act(verb: Verb) -> Callable[[Stage], None]:
    """Make the step in which the operator does something."""

    @needing(verb.needs)
    def act(stage: Stage) -> None:
        """Let the operator do it, and go on when it is done."""
        stage.require(verb.needs)
        stage.drill.act(verb)

    return act


for _verb in verbs_found().plugins.values():
    when(sentence(f"the operator {literally(_verb.phrase)}"))(_act(_verb))


@then("the test shows that the standby would serve")
def the_test_shows_that_the_standby_would_serve(stage: Stage) -> None:
    """Judge whether a write on the copy was there after a restart."""
    stage.hold([FailoverRehearsed()])


@then("production notices nothing of the test")
def production_notices_nothing(stage: Stage) -> None:
    """Judge clients, name and data while the failover was tested, and whether all that was there is as it was."""
    stage.hold([ProductionUndisturbed()])


@then("nothing is left of the test")
def nothing_is_left_of_the_test(stage: Stage) -> None:
    """Judge whether there is the same after the clean-up as before the test."""
    stage.hold([NoTrace()])
