"""Whole runs as their users start them: a process of its own, with its own state, evidence and home."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from ziggie_harness.drill.plugins import backends_found
from ziggie_harness.kernel import process_table
from ziggie_harness.model.fidelity import Capability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]

AS_FROM_A_TERMINAL: Final = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Runs a command that hears Ctrl-C, also where the tests themselves were started in the background, deaf to it."""


LOOPBACK_UP: Final = (
    "import fcntl, socket, struct;"
    " fcntl.ioctl(socket.socket(type=socket.SOCK_DGRAM), 0x8914, struct.pack('16sH14x', b'lo', 1))"
)
"""Brings up the loopback of a network that was just made (SIOCSIFFLAGS, IFF_UP)."""

_WITHOUT_NAMESPACES: Final = f"""
{shlex.quote(sys.executable)} -c {shlex.quote(LOOPBACK_UP)}
for kind in user net mnt pid; do echo 0 > /proc/sys/user/max_${{kind}}_namespaces; done
exec setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- "$@"
"""

CONFINED: Final = (
    *("unshare", "--user", "--map-user=65534", "--map-group=65534", "--keep-caps", "--net"),
    *("--", "sh", "-c", _WITHOUT_NAMESPACES, "sh"),
)
"""Put in front of a command, it runs as an ordinary user of a host that allows no namespaces.

That is a user namespace in which none can be made. It has a loopback and no other network: whatever went to an address
of the lab itself would fail.
"""


def required(*command: str) -> None:
    """Skip the test when a command that arranges its circumstances does not work here."""
    if shutil.which(command[0]) is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{command[0]} cannot arrange this here")


ON_ONE_LOOPBACK: Final = """\
@REQ-DR-01
Feature: On one loopback
  What kills and refuses is played where no namespaces can be made.

  Source: the requirements of this test

  Scenario: The server of the primary region crashes
    Given the active-passive topology is in its steady state
    When the server of the primary region crashes
    And service fails over by health check
    Then recovery meets its objectives
      | objective | at most |
      | RTO       | 15 min  |
      | RPO       | 5 s     |

  Scenario: The database of the primary region crashes
    Given the active-passive topology is in its steady state
    When the database of the primary region crashes
    And service fails over by the runbook
    Then recovery meets its objectives
      | objective | at most |
      | RTO       | 15 min  |
      | RPO       | 5 s     |

  Scenario: The primary region goes dark
    Given the active-passive topology is in its steady state
    When the primary region suffers a region outage
    Then recovery meets its objectives
      | objective | at most |
      | RTO       | 15 min  |
"""
"""What is played, and what is not, where all regions are on one loopback."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run plays, and how it is started."""

    directory: Path
    options: tuple[str, ...]

    @property
    def state(self) -> Path:
        """Where its runs keep their directories."""
        return self.directory / "state"

    @property
    def evidence(self) -> Path:
        """Where they leave their evidence."""
        return self.directory / "evidence"

    @property
    def outage(self) -> tuple[str, ...]:
        """Name the one scenario that these tests play."""
        return ("features/region/losing_the_primary.feature", "-k", "the_primary_region_goes_dark")

    def command(self, *arguments: str) -> list[str]:
        """Return the command of a run with its evidence here."""
        evidence = ("--evidence", str(self.evidence))
        return [sys.executable, "-m", "pytest", *self.options, "-p", "no:cacheprovider", *evidence, *arguments]

    def ziggie(self, *arguments: str) -> list[str]:
        """Return the command of `ziggie`, which may not be on the path of whoever runs the tests."""
        return [sys.executable, "-c", "from ziggie_harness.cli import main; main()", *arguments]

    def environment(self) -> dict[str, str]:
        """Return an environment in which nothing is kept outside of this place, but for what is made once."""
        home = {"XDG_STATE_HOME": str(self.directory / "home")}
        plugin = {"PYTEST_PLUGINS": self.options[1]} if self.options else {}  # `ziggie` takes no option for one
        return {**os.environ, **home, **plugin, "ZIGGIE_STATE": str(self.state), "COLUMNS": "160"}

    def finish(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command here to its end."""
        return subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False, timeout=300
        )

    @contextmanager
    def started(self, command: list[str]) -> Iterator[subprocess.Popen[str]]:
        """Run a command here in a session of its own, as a terminal would."""
        with (self.directory / "output").open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", AS_FROM_A_TERMINAL, *command],
                cwd=ROOT,
                env=self.environment(),
                stdout=output,
                stderr=output,
                text=True,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def output(self) -> str:
        """Return what the started command has said."""
        return (self.directory / "output").read_text(encoding="utf-8")

    def await_blow(self, process: subprocess.Popen[str]) -> frozenset[str]:
        """Wait until a fault has struck, and return the ids of the runs that play."""
        self.await_true(lambda: process.poll() is not None or self._struck(), 60.0)
        assert process.poll() is None, self.output()
        return frozenset(path.name for path in self.state.iterdir() if not path.name.startswith("."))

    def _struck(self) -> bool:
        """Say whether a history here tells of a fault."""
        histories = self.evidence.glob("*/history.jsonl")
        return any("FaultStruck" in history.read_text(encoding="utf-8") for history in histories)

    @staticmethod
    def await_true(condition: Callable[[], bool], at_most_seconds: float) -> bool:
        """Wait for a condition in wall time, as an outsider to every drill; return whether it came."""
        ends_at = time.monotonic() + at_most_seconds
        while not condition():
            if time.monotonic() > ends_at:
                return False
            time.sleep(0.05)
        return True

    @staticmethod
    def living(runs: frozenset[str]) -> set[int]:
        """Return the processes that these runs started and that live."""
        table = process_table.read_table()
        members = process_table.marked(process_table.RUN_VARIABLE, runs, table)
        return {pid for pid in members if not table[pid].dead}


def written_feature(place: Place) -> Path:
    """Write the scenarios for one loopback to a file."""
    feature = place.directory / "loopback.feature"
    feature.write_text(ON_ONE_LOOPBACK, encoding="utf-8")
    return feature


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Place:
    """Return a fresh place, with the harness as a plugin whether it is installed or only importable."""
    installed = pytestconfig.pluginmanager.hasplugin("ziggie")
    return Place(tmp_path_factory.mktemp("run"), () if installed else ("-p", "ziggie_harness.plugin"))


@pytest.fixture(scope="session")
def drills_play() -> None:
    """Skip where the drills of these tests cannot be played."""
    if reason := backends_found()["embedded"].limitation(frozenset({Capability.POSTGRESQL, Capability.PARTITIONS})):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def database_found() -> None:
    """Skip where there is no database to be drilled."""
    if reason := backends_found()["embedded"].limitation(frozenset({Capability.POSTGRESQL})):
        pytest.skip(reason)
