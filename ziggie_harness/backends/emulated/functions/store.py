"""Every function of every region, as the control planes of Lambda know it.

moto's own Lambda runs functions in Docker or not at all (moto 5.2.5), so it is never asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ziggie_harness.backends.emulated.calls import AwsError
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.functions.function import Function

MISSING = "ResourceNotFoundException"
CONFLICT = "ResourceConflictException"


def arn_of(region: str, name: str) -> str:
    """Return the ARN of a function, whether there is one or not."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


class FunctionStore:
    """The functions. Requests may come from any thread."""

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = threading.Lock()
        self._functions: dict[str, Function] = {}

    def add(self, function: Function) -> None:
        """Add a function; AwsError when there is one of its name."""
        with self._lock:
            if function.arn in self._functions:
                raise AwsError(CONFLICT, f"Function already exist: {function.name}")
            self._functions[function.arn] = function

    def found(self, arn: str) -> Function | None:
        """Return a function, or None."""
        return self._functions.get(arn)

    def demand(self, arn: str) -> Function:
        """Return a function; AwsError when there is none."""
        function = self.found(arn)
        if function is None:
            raise AwsError(MISSING, f"Function not found: {arn}")
        return function

    def change(self, arn: str, changed: Callable[[Function], Function]) -> Function:
        """Replace a function by what it becomes, and return that; AwsError when there is none."""
        with self._lock:
            function = self._functions[arn] = changed(self.demand(arn))
        return function

    def remove(self, arn: str) -> None:
        """Remove a function; AwsError when there is none."""
        with self._lock:
            self.demand(arn)
            del self._functions[arn]

    def of_region(self, region: str) -> tuple[Function, ...]:
        """Return the functions of a region."""
        return tuple(each for each in self._functions.values() if each.region == region)
