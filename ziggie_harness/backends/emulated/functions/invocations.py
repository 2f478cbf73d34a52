"""Lambda's data plane: who may invoke a function, invocations that somebody waits for, and those that are queued."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.eventbridge.delivery import Failure
from ziggie_harness.emulation.eventbridge.permissions import objection
from ziggie_harness.emulation.functions import records
from ziggie_harness.model.function_events import FunctionEnded, FunctionGivenUp, FunctionStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.alerting.topics import Topics
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.backends.emulated.functions.roles import Roles
    from ziggie_harness.backends.emulated.functions.runner import Runner
    from ziggie_harness.backends.emulated.functions.store import FunctionStore
    from ziggie_harness.emulation.functions.function import Function
    from ziggie_harness.emulation.functions.records import Outcome
    from ziggie_harness.ports import Actors, Clock, Journal

LAMBDA: Final = "lambda.amazonaws.com"

INVOKE: Final = "lambda:InvokeFunction"

TOLD: Final = 2000
"""How many characters of an event or a result go into the history; the log has what the code chose to write."""

DELIVER: Final = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}
"""What the role of a function has to be allowed, by the service of a dead letter's receiver or a destination."""


class Invocations:
    """Runs functions for whoever may invoke them. A context manager: queued ones are run inside its block."""

    def __init__(  # noqa: PLR0913, PLR0917 - it ties the parts together
        self, clock: Clock, journal: Journal, dates: DrillDates, store: FunctionStore, runner: Runner, roles: Roles
    ) -> None:
        """Run nothing yet."""
        self._clock, self._journal, self._dates = clock, journal, dates
        self._store, self._runner, self._roles = store, runner, roles
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin to run."""
        self._actors: Actors = self._stack.enter_context(self._clock.actors("functions"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is queued."""
        self._stack.__exit__(kind, error, trace)

    def publish_by(self, topics: Callable[[], Topics]) -> None:
        """Tell topics of what is given up, once there are any: they invoke functions themselves."""
        self._topics = topics

    def hand_over(self, arn: str, payload: str, service: str, source_arn: str) -> Failure | None:
        """Queue an event for a service of AWS that the function's policy lets in; return why it was not taken."""
        if refused := self.objection(arn, service, source_arn):
            return refused
        self.queue(self._store.demand(arn), payload, service)
        return None

    def objection(self, arn: str, service: str, source_arn: str) -> Failure | None:
        """Return why a service of AWS cannot invoke a function, or None."""
        function = self._store.found(arn)
        if function is None:
            return Failure("RESOURCE_NOT_FOUND", f"there is no function {arn}", may_pass=False)
        context = {"aws:sourcearn": source_arn, "aws:sourceaccount": ACCOUNT}
        if refused := objection(function.policy, service, INVOKE, arn, context):
            return Failure("NO_PERMISSIONS", refused, may_pass=False)
        return None

    def answer_to(self, arn: str, event: str, service: str, source_arn: str) -> bool:
        """Let a function answer a service of AWS now; say whether it was let in and did not fail."""
        if self.objection(arn, service, source_arn) is not None:
            return False
        return not self.answer(self._store.demand(arn), event, service)[1].failed

    def queue(self, function: Function, event: str, invoked_by: str) -> str:
        """Let a function answer an event later, again where it fails; return the id of the request."""
        request = str(uuid.uuid4())
        self._actors.start(f"invocation {request}", lambda: self._work_off(function.arn, request, event, invoked_by))
        return request

    def answer(self, function: Function, event: str, invoked_by: str) -> tuple[str, Outcome]:
        """Let a function answer an event now; return the id of the request, and how it ended."""
        request = str(uuid.uuid4())
        with self._clock.actor(f"invocation {request}"):
            return request, self._attempt(function, request, 1, event, invoked_by)

    def _work_off(self, arn: str, request: str, event: str, invoked_by: str) -> None:
        """Try an event until the function answers it, or it is given up."""
        queued = self._clock.now()
        function = self._store.found(arn)
        if function is None:
            return
        outcome, attempts, condition = self._attempt(function, request, 1, event, invoked_by), 1, records.EXHAUSTED
        for wait in function.retries.waits():
            if not outcome.failed:
                break
            if self._clock.now() + wait - queued > function.retries.age_seconds:
                condition = records.TOO_OLD
                break
            self._clock.sleep(wait)
            attempts += 1
            # Code and settings may have been changed meanwhile, and the next attempt is made with what there is.
            function = self._store.found(arn) or function
            outcome = self._attempt(function, request, attempts, event, invoked_by)
        self._tell(function, request, attempts, event, outcome, condition if outcome.failed else records.SUCCESS)

    def _attempt(self, function: Function, request: str, attempt: int, event: str, invoked_by: str) -> Outcome:
        """Run a function once, and record it."""
        name, region = function.name, function.region
        self._journal.record(FunctionStarted(request, name, region, attempt, invoked_by, event[:TOLD]))
        began = self._clock.now()
        outcome = self._runner.run(function, request, attempt, event)
        result = "" if outcome.failed else outcome.payload[:TOLD]
        self._journal.record(
            FunctionEnded(
                request, name, region, attempt, began, outcome.error_type, outcome.error[:TOLD], result,
                outcome.log[-TOLD:],
            )
        )  # fmt: skip
        return outcome

    def _tell(  # noqa: PLR0913, PLR0917 - a record names all of it
        self, function: Function, request: str, attempts: int, event: str, outcome: Outcome, condition: str
    ) -> None:
        """Send an event that was given up to the dead-letter queue, and records of the end to the destinations."""
        destination = function.destinations.on_failure if outcome.failed else function.destinations.on_success
        letters = {destination: True} if destination else {}
        if outcome.failed and function.settings.dead_letter_arn:
            letters[function.settings.dead_letter_arn] = False
        refusal = ""
        for arn, is_record in letters.items():
            body = event
            if is_record:
                now = self._dates.now().isoformat()
                made = records.destination_record(function.arn, request, condition, attempts, event, outcome, now)
                body = json.dumps(made)
            attributes = {} if is_record else records.dead_letter_attributes(request, outcome)
            refusal = refusal or self._send(function, arn, body, attributes)
        if outcome.failed:
            told = ", ".join(letters)
            self._journal.record(
                FunctionGivenUp(request, function.name, function.region, attempts, condition, told, refusal)
            )

    def _send(self, function: Function, arn: str, body: str, attributes: Mapping[str, str]) -> str:
        """Send a message to a queue or a topic as the function's role may; return why it was not taken, or nothing."""
        service, region = arn.split(":")[2:4]
        if service not in DELIVER:
            return f"{arn} is no queue and no topic: other receivers are not emulated"
        if refused := self._roles.objection(function.settings.role, DELIVER[service], arn):
            return refused
        try:
            if service == "sqs":
                state.send_to_queue(arn, body, attributes)
            elif state.topic_policy(region, arn) is None:
                return f"there is no topic {arn}"
            else:
                self._topics().publish(region, arn, {"Message": body})
        except KeyError:
            return f"there is no queue {arn}"
        return ""
