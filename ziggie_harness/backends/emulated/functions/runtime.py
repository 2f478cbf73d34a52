"""Lambda's runtime for Python: it runs the owner's handler once, unmodified, in a process of its own.

A fork server has imported it with boto3, which Lambda's runtime has too. Its standard input is a socket, on which it
is handed an event and answers twice: when the code is loaded, and how the handler ended. What the code prints goes to
the log. The code waits on the drill's clock by ``time.sleep``, as do botocore's retries and waiters, and
``time.time`` and ``time.monotonic`` tell the drill's time; whatever else it does is real and takes real time.

Source: Lambda developer guide, "Building Lambda functions with Python": handler, context object, exceptions.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import boto3

from ziggie_harness.kernel.process_clock import ProcessClock, clock_of

REAL: Final = time

HERE: Final = "ziggie_harness."

# What botocore imports only when a client is made is imported now, for all functions.
boto3.session.Session("none", "none", region_name="us-east-1").client("sts")


class Context:
    """What a handler is told besides the event (developer guide, "Using the Lambda context object")."""

    def __init__(self, told: dict[str, Any], remaining: Callable[[], float]) -> None:
        """Tell of one invocation."""
        self.function_name: str = told["name"]
        self.function_version: str = told["version"]
        self.invoked_function_arn: str = told["arn"]
        self.memory_limit_in_mb: int = told["memory_megabytes"]
        self.aws_request_id: str = told["request"]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = f"[{self.function_version}]{self.aws_request_id}"
        self.identity = None
        self.client_context = None
        self._remaining = remaining

    def get_remaining_time_in_millis(self) -> int:
        """Return how long it may still take."""
        return int(1000 * self._remaining())


def main() -> None:
    """Load the owner's code, let its handler answer one event, and say how that ended."""
    connection = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a file
    faulthandler.register(signal.SIGUSR1, all_threads=False)
    clock = clock_of(os.environ)
    with connection, connection.makefile("rwb") as lines, clock.actor("handler"):
        told: dict[str, Any] = json.loads(lines.readline())
        _live_in_drill_time(clock)
        _limit_memory(told["memory_megabytes"])

        def say(answer: dict[str, object]) -> None:
            lines.write(json.dumps(answer).encode() + b"\n")
            lines.flush()

        handler, failed = _loaded(told["handler"])
        if handler is None:
            say(failed)
            return
        say({"loaded": True})
        ends = clock.now() + told["timeout_seconds"]
        say(_answer(handler, json.loads(told["event"]), Context(told, lambda: max(0.0, ends - clock.now()))))
    # As Lambda freezes what a handler leaves behind, so its threads do not go on.
    sys.stdout.flush()
    os._exit(0)


def _loaded(named: str) -> tuple[Callable[[Any, Any], object] | None, dict[str, object]]:
    """Return the owner's handler, or None and why there is none, in the words of Lambda's runtime interface client."""
    place = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[:] = [place, *(path for path in sys.path if path != str(Path(__file__).parents[4]))]
    module_name, _, function = named.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        told = f"Syntax error in module '{module_name}': {error}"
        return None, _error("Runtime.UserCodeSyntaxError", told, [])
    except ImportError as error:
        told = f"Unable to import module '{module_name}': {error}"
        return None, _error("Runtime.ImportModuleError", told, [])
    except BaseException as error:  # noqa: BLE001 - the owner's code may raise anything
        return None, _raised(error)
    handler: Callable[[Any, Any], object] | None = getattr(module, function, None)
    if handler is None:
        told = f"Handler '{function}' missing on module '{module_name}'"
        return None, _error("Runtime.HandlerNotFound", told, [])
    return handler, {}


def _answer(handler: Callable[[Any, Any], object], event: object, context: Context) -> dict[str, object]:
    """Call the handler, and describe what it returned or raised."""
    try:
        returned = handler(event, context)
    except MemoryError:
        # In life the kernel ends it without a word; here it notices itself, so it ends itself.
        os.kill(os.getpid(), signal.SIGKILL)
        raise
    except BaseException as error:  # noqa: BLE001 - the owner's code may raise anything
        return _raised(error)
    try:
        return {"returned": json.dumps(returned)}
    except (TypeError, ValueError) as error:
        return _error("Runtime.MarshalError", f"Unable to marshal response: {error}", [])


def _raised(error: BaseException) -> dict[str, object]:
    """Describe an error of the owner's code, with the lines of it that led there, and log it as Lambda does."""
    root = os.environ["LAMBDA_TASK_ROOT"]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(root)]
    trace = [f"{Path(frame.filename).name}, line {frame.lineno}: {frame.line}" for frame in frames]
    return _error(type(error).__name__, str(error), trace)


def _error(kind: str, text: str, trace: list[str]) -> dict[str, object]:
    """Describe an error, and log it."""
    print(f"[ERROR] {kind}: {text}", *trace, sep="\n  ", flush=True)  # noqa: T201 - the log of a function is its output
    described = {"errorMessage": text, "errorType": kind, "requestId": "", "stackTrace": trace}
    return {"error": kind, "message": text, "returned": json.dumps(described)}


def _live_in_drill_time(clock: ProcessClock) -> None:
    """Have whatever is imported, now or later, sleep on the drill's clock and read the time from it.

    The harness's own modules keep the machine's time, from which the drill's is reckoned.
    """
    began, ahead = REAL.time(), clock.now()
    stand_in = types.ModuleType("time", REAL.__doc__)
    vars(stand_in).update({name: value for name, value in vars(REAL).items() if name != "__spec__"})

    def sleep(seconds: float) -> None:
        """Rest on the drill's clock."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with clock.actor(threading.current_thread().name):
            clock.sleep_until(clock.now() + seconds)

    vars(stand_in).update(sleep=sleep, time=lambda: began + clock.now() - ahead, monotonic=clock.now)
    for name, module in [*sys.modules.items()]:
        if not name.startswith(HERE) and name != "__main__" and getattr(module, "time", None) is REAL:
            vars(module)["time"] = stand_in
    sys.modules["time"] = stand_in


def _limit_memory(megabytes: int) -> None:
    """Let the process have no more data than this, the runtime and boto3 included."""
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1024 * 1024, megabytes * 1024 * 1024))


if __name__ == "__main__":
    main()
