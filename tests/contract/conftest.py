"""The emulators alone, without our rules before them, held against the published table of what they refuse."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ziggie_harness.backends.emulated.moto_state import PINNED_VERSION
from ziggie_harness.kernel.runs import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ziggie_harness.backends.containers.localstack import LocalStack

TABLE: Final = Path(__file__).parents[1] / "data" / "emulators.json"
"""By service and rule, what each emulator answers to the request that breaks it; docs/generate.py prints it."""

RECORD: Final = "ZIGGIE_RECORD"
"""With this variable set the table is written anew; run it in one process (-n 0)."""

TAKEN: Final = "taken"


class Emulators:
    """The published table."""

    def hold(self, emulator: str, service: str, rule: str, answer: str) -> None:
        """Compare an answer, a code of AWS's or `taken`, with the table, or write it there."""
        table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
        if os.environ.get(RECORD):
            table["versions"] = versions()
            table.setdefault(service, {}).setdefault(rule, {})[emulator] = answer
            TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            return
        published = table.get(service, {}).get(rule, {}).get(emulator)
        assert answer == published, f"{emulator} changed: run this with {RECORD}=1, and see whether our rule may go"


def versions() -> dict[str, str]:
    """Return the versions of the emulators, as their packages and labels tell them."""
    from ziggie_harness.backends.containers import images  # noqa: PLC0415 - slow to import
    from ziggie_harness.backends.containers.engine import inside_images  # noqa: PLC0415 - as above

    return {"moto": PINNED_VERSION, "LocalStack": inside_images()[images.LOCALSTACK]}


@pytest.fixture(scope="session")
def emulators() -> Emulators:
    """The table of what moto and LocalStack refuse by themselves."""
    return Emulators()


def answer_to(request: Callable[[], Any], before: Callable[[], Any] = lambda: None) -> str:
    """Return what comes of a request: `taken`, or the code of the error; also when it cannot be set up."""
    try:
        before()
    except (ClientError, BotoCoreError) as error:
        return f"not reached: {code_of(error)}"
    try:
        told = request()
    except (ClientError, BotoCoreError) as error:
        return code_of(error)
    entries = told.get("Entries", ()) if isinstance(told, dict) else ()
    return next((str(each["ErrorCode"]) for each in entries if each.get("ErrorCode")), TAKEN)


def code_of(error: ClientError | BotoCoreError) -> str:
    """Return AWS's code of an error, or the class of one that is botocore's own."""
    if not isinstance(error, ClientError):
        return type(error).__name__
    return str(error.response["Error"]["Code"])


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory, container_engine: None) -> Iterator[LocalStack]:  # noqa: ARG001 - skips where there is none
    """Start one LocalStack for all tests."""
    from ziggie_harness.backends.containers.engine import Engine  # noqa: PLC0415 - slow to import
    from ziggie_harness.backends.containers.localstack import LocalStack  # noqa: PLC0415 - as above

    with (
        Run(tmp_path_factory.mktemp("localstack")) as run,
        closing(Engine(run.id)) as engine,
        LocalStack(engine) as made,
    ):
        yield made


@pytest.fixture
def unvalidated(localstack: LocalStack) -> Callable[[str, str], Any]:
    """Return what makes a client of a service in a region that sends what boto3 would not send by itself."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return lambda service, region: localstack.client(service, region, config)
