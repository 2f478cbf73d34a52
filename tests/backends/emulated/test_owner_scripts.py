"""The owner's runbooks: what is printed stays as it is, what is described badly is named, and sleep is on the clock."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated.owner_scripts import HEARING, RUNBOOKS, copy_folder, read_runbook
from ziggie_harness.model.errors import LabError
from ziggie_harness.service.idle_sleep import seconds_of

if TYPE_CHECKING:
    from pathlib import Path

PRINTED = "3d2c6d0dd4b25a7616be7bf5b3f7dc55794d72999a98cc80ffc58e3b602675fa"
"""SHA-256 of the script of guide §6, "Manual Failover Procedure", between its fences."""

LATENCY = "f1d65ac445eed656666e7f11a945148d8788e8c3365bc3479ae8d65692810444"
"""SHA-256 of the change batch of guide §2, "Latency-Based Routing (Active-Active)", between its fences."""

SETTINGS = {"PRIMARY_IP": "192.0.2.1", "SECONDARY_IP": "192.0.2.2", "ZONE_ID": "Z1"}


def test_the_printed_script_is_the_guides_byte_for_byte() -> None:
    """Whoever corrects it by accident drills something else than the guide."""
    script = (RUNBOOKS / "as_printed" / "failover.sh").read_bytes()
    assert hashlib.sha256(script).hexdigest() == PRINTED


def test_the_latency_records_are_the_guides_byte_for_byte() -> None:
    """The change batch of guide §2, between its fences, stands in the script as it is."""
    script = (RUNBOOKS / "as_printed" / "latency.sh").read_text()
    batch = script.partition("--change-batch '")[2].removesuffix("'\n")
    assert hashlib.sha256(batch.encode()).hexdigest() == LATENCY


def test_what_its_author_left_open_is_filled_in() -> None:
    """Each placeholder has the setting in its place, and nothing else changes."""
    runbook = read_runbook(RUNBOOKS / "as_printed" / "failover.sh", SETTINGS)
    assert runbook.filled(SETTINGS).splitlines()[3:6] == [
        'PRIMARY_IP="192.0.2.1"',
        'SECONDARY_IP="192.0.2.2"',
        'ZONE_ID="Z1"',
    ]
    assert runbook.filled(SETTINGS).splitlines()[6:] == runbook.script.read_text().splitlines()[6:]


@pytest.mark.parametrize(
    ("description", "complaint"),
    [
        ("fill: {}", "exactly the keys fill and claims"),
        ("fill: [x]\nclaims: done", "describes no runbook"),
        ("fill: {xxx: PRIMARY}\nclaims: done", "no setting 'PRIMARY'"),
        ("fill: {zzz: ZONE_ID}\nclaims: done", "'zzz' does not stand in own.sh"),
    ],
)
def test_a_bad_description_is_named(tmp_path: Path, description: str, complaint: str) -> None:
    """The error names the file, the key and what was expected."""
    script = tmp_path / "own.sh"
    script.write_text("echo xxx\n")
    script.with_suffix(".yaml").write_text(description)
    with pytest.raises(LabError, match=complaint) as raised:
        read_runbook(script, SETTINGS)
    assert "own.yaml" in str(raised.value)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    """A name that leads nowhere says which file was looked for."""
    with pytest.raises(LabError, match=r"nowhere\.sh is missing"):
        read_runbook(tmp_path / "nowhere.sh", SETTINGS)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [(["5"], 5.0), (["0.5"], 0.5), ([".5s"], 0.5), (["1m", "2"], 62.0), (["1h"], 3600.0), (["1d"], 86400.0)],
)
def test_sleep_understands_what_sleep_understands(words: list[str], seconds: float) -> None:
    """Numbers with suffixes are added up (GNU coreutils manual, "sleep")."""
    assert seconds_of(words) == seconds


@pytest.mark.parametrize("words", [[], ["x"], ["-1"], ["1", "y"], ["1w"]])
def test_sleep_refuses_what_sleep_refuses(words: list[str]) -> None:
    """A word that is no time is not taken for one."""
    assert seconds_of(words) is None


def test_a_folder_is_copied_also_to_a_place_below_it(tmp_path: Path) -> None:
    """A script beside the state of its own drills: the copy has its files, and an end."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "moving.sh").write_text("true\n", encoding="utf-8")
    place = tmp_path / ".ziggie" / "runs" / "script-1"
    place.parent.mkdir(parents=True)
    copy_folder(tmp_path, place)
    assert [path.relative_to(place).as_posix() for path in sorted(place.rglob("*"))] == ["parts", "parts/moving.sh"]


def test_a_script_hears_an_abort_also_in_a_run_that_does_not() -> None:
    """Whoever starts drills in the background of a shell starts them deaf to Ctrl-C; what is started so is not."""
    deaf = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])"
    script = ("bash", "-c", "trap 'exit 130' INT; kill -INT $$; exit 0")
    started = [sys.executable, "-c", deaf]
    assert subprocess.run([*started, *script], check=False).returncode == 0
    heard = [*started, sys.executable, "-I", "-S", "-c", HEARING, *script]
    assert subprocess.run(heard, check=False).returncode == 130
