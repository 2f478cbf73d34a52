"""Lambda as a whole: its API for the gateway, and functions for whoever hands them events."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.functions.functions_overlay import LambdaApi
from ziggie_harness.backends.emulated.functions.invocations import Invocations
from ziggie_harness.backends.emulated.functions.roles import Roles
from ziggie_harness.backends.emulated.functions.runner import Ground, Runner
from ziggie_harness.backends.emulated.functions.store import FunctionStore

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.calls import Overlay
    from ziggie_harness.ports import Journal


class Functions:
    """The functions of all regions. A context manager: what is queued is run inside its block."""

    def __init__(self, ground: Ground, journal: Journal) -> None:
        """Prepare; enter it inside the block of the cloud, whose state it reads."""
        roles, store = Roles(), FunctionStore()
        runner = Runner(ground, roles.credentials)
        self.invocations = Invocations(ground.clock, journal, DrillDates(ground.clock), store, runner, roles)
        self.overlays: tuple[Overlay, ...] = (LambdaApi(store, self.invocations, roles, journal),)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin to run what is queued."""
        self._stack.enter_context(self.invocations)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is queued."""
        self._stack.__exit__(kind, error, trace)
