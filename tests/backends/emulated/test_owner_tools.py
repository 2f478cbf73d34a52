"""A machine without the tools of the owner's scripts says so before a drill begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziggie_harness.backends.emulated import owner_tools


def test_everything_is_here() -> None:
    """Where the tests run, every tool is found."""
    assert owner_tools.missing() is None


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a PATH only what is installed beside Python is found: `aws`, but no shell and no curl."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert owner_tools.missing() == "bash and curl not found; install bash and curl"
