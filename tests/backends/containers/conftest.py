"""The machine's container engine, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.containers.engine import Engine
from ziggie_harness.kernel.runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Begin a run with a state of its own."""
    with Run(tmp_path / "state") as made:
        yield made


@pytest.fixture
def engine(container_engine: None, run: Run) -> Iterator[Engine]:  # noqa: ARG001 - skips where there is none
    """Use the engine for a run."""
    made = Engine(run.id)
    yield made
    made.close()
