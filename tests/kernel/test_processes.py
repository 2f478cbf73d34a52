"""Supervised processes: frozen and killed with all their descendants, and never alive longer than the harness."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel import process_table
from ziggie_harness.kernel.processes import Process, Supervisor
from ziggie_harness.kernel.runs import Owner, Run, sweep
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BROOD = ("sh", "-c", "(setsid sleep 300 &); sh -c 'sleep 300; true' & echo ready; wait")
"""A process with a child, a grandchild, and a daemon that left its session and its parent."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Make a run with a state directory of its own."""
    with Run(tmp_path / "state") as made:
        yield made


@pytest.fixture
def supervisor(run: Run) -> Iterator[Supervisor]:
    """Supervise for the run."""
    with Supervisor(run) as made:
        yield made


def eventually(happened: Callable[[], bool]) -> bool:
    """Give the kernel up to five real seconds."""
    pause = threading.Event()
    return any(happened() or pause.wait(0.005) for _ in range(1000))


def start_brood(supervisor: Supervisor, log: Path) -> Process:
    """Start a process and wait until its family is complete."""
    process = supervisor.spawn("brood", BROOD, environment={}, log=log)
    assert eventually(lambda: len(process.members()) == 4)
    return process


def states(pids: frozenset[int]) -> set[str]:
    """Tell the states of those processes that are there, apart from the dead."""
    rows = (process_table.read_row(pid) for pid in pids)
    return {row.state for row in rows if row is not None and not row.dead}


def test_freeze_and_thaw_reach_descendants(supervisor: Supervisor, tmp_path: Path) -> None:
    """Every member of the family stops, also a daemon that left it, and goes on."""
    process = start_brood(supervisor, tmp_path / "log")
    members = process.members()
    process.freeze()
    assert (states(members), process.frozen, process.alive()) == ({"T"}, True, True)
    with pytest.raises(LabError, match="frozen already"):
        process.freeze()
    with pytest.raises(LabError, match="it is frozen"):
        process.terminate(within_seconds=1)
    process.thaw()
    assert eventually(lambda: states(members) == {"S"})
    with pytest.raises(LabError, match="not frozen"):
        process.thaw()


VFORKING = """
import ctypes, platform, signal, time
CLONE_VFORK, clone = 0x4000, {"x86_64": 56, "aarch64": 220}[platform.machine()]
if ctypes.CDLL(None).syscall(clone, CLONE_VFORK | signal.SIGCHLD, 0, 0, 0, 0) == 0:
    print("ready", flush=True)
time.sleep(300)
"""
"""A process whose child neither starts a program nor ends: the kernel holds the parent until then (vfork(2))."""


def test_a_parent_held_by_its_child_is_frozen_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    """A parent that waits for its child in the kernel cannot be stopped, and need not be; a kill ends both."""
    process = supervisor.spawn("vfork", (sys.executable, "-c", VFORKING), environment={}, log=tmp_path / "log")
    assert eventually(lambda: "ready" in process.tail(1))
    members = process.members()
    assert eventually(lambda: states(members) == {"D", "S"})
    process.freeze()
    assert states(members) == {"D", "T"}
    process.thaw()
    assert eventually(lambda: states(members) == {"D", "S"})
    process.kill()
    assert eventually(lambda: states(members) == set())


@pytest.mark.parametrize("frozen", [False, True])
def test_kill_reaches_descendants(supervisor: Supervisor, tmp_path: Path, *, frozen: bool) -> None:
    """Nobody of the family survives a kill, frozen or not, and a second kill does nothing."""
    process = start_brood(supervisor, tmp_path / "log")
    members = process.members()
    if frozen:
        process.freeze()
    process.kill()
    process.kill()
    assert (states(members), process.alive(), process.frozen) == (set(), False, False)
    with pytest.raises(LabError, match="it has ended"):
        process.freeze()


def test_what_waits_for_no_child_is_counted(supervisor: Supervisor, tmp_path: Path) -> None:
    """Of a process, its child, its grandchild and a daemon, the last two have nobody to wait for."""
    process = start_brood(supervisor, tmp_path / "log")
    assert process.leaves() == 2
    process.kill()
    assert process.leaves() == 0


def test_an_interrupt_reaches_what_runs_in_front(supervisor: Supervisor, tmp_path: Path) -> None:
    """As at Ctrl-C the command that a script waits for ends too, so its trap runs at once."""
    script = "trap 'echo aborted; exit 130' INT; echo up; sleep 300"
    process = supervisor.spawn("script", ["bash", "-c", script], environment={}, log=tmp_path / "log")
    assert eventually(lambda: process.tail() == ("up",) and process.leaves() == 1 and len(process.members()) == 2)
    process.interrupt()
    assert process.wait(5) == 130
    assert process.tail() == ("up", "aborted")
    process.interrupt()


def test_terminate_tells_the_status(supervisor: Supervisor, tmp_path: Path) -> None:
    """A process may end in its own way; one that will not is killed, and its last words are quoted."""
    polite = supervisor.spawn("polite", ["sh", "-c", "trap 'exit 7' INT; echo up; while :; do sleep 0.01; done"],
                              environment={}, log=tmp_path / "polite")  # fmt: skip
    assert eventually(lambda: polite.tail() == ("up",))
    assert polite.terminate(signal.SIGINT, within_seconds=5) == 7
    deaf = supervisor.spawn("deaf", ["sh", "-c", "trap '' TERM; echo never; sleep 300"], environment={},
                            log=tmp_path / "deaf")  # fmt: skip
    assert eventually(lambda: deaf.tail() == ("never",))
    with pytest.raises(LabError, match=r"deaf did not end within 0.1 s: never"):
        deaf.terminate(within_seconds=0.1)
    assert not deaf.alive()


def test_a_command_runs_to_its_end(supervisor: Supervisor, tmp_path: Path) -> None:
    """A command gets its environment, directory and identity, and nothing of ours but PATH."""
    script = "pwd; env | cut -d= -f1 | sort | tr '\\n' ' '; echo wrong >&2; exit 3"
    done = supervisor.run("c", ["sh", "-c", script], environment={"A": "b"}, within_seconds=5, directory=tmp_path)
    assert done.output == f"{tmp_path}\nA PATH PWD ZIGGIE_PROCESS ZIGGIE_RUN "
    assert (done.status, done.errors) == (3, "wrong\n")
    with pytest.raises(LabError, match="ended with status 3: wrong"):
        done.succeeded()


def test_a_command_is_bounded(supervisor: Supervisor) -> None:
    """A command that takes too long is killed and its output quoted; one that is not there is named."""
    with pytest.raises(LabError, match=r"slow did not end within 0.1 s: begun"):
        supervisor.run("slow", ["sh", "-c", "echo begun; sleep 300"], environment={}, within_seconds=0.1)
    with pytest.raises(LabError, match="cannot start missing: no program no-such"):
        supervisor.run("missing", ["no-such-program"], environment={}, within_seconds=1)


def test_the_resolver_is_seen_inside_only(supervisor: Supervisor, tmp_path: Path) -> None:
    """A process sees the resolver it was given; the next one, and this one, see the host's."""
    before = Path("/etc/resolv.conf").read_text()
    (tmp_path / "resolv.conf").write_text("nameserver 13.48.10.53\n")
    show = ["cat", "/etc/resolv.conf"]
    inside = supervisor.run("in", show, environment={}, within_seconds=5, resolv_conf=tmp_path / "resolv.conf")
    outside = supervisor.run("out", show, environment={}, within_seconds=5)
    assert (inside.output, outside.output) == ("nameserver 13.48.10.53\n", before)
    assert Path("/etc/resolv.conf").read_text() == before


def test_a_program_that_refuses_root_runs(supervisor: Supervisor, tmp_path: Path) -> None:
    """As nobody a program sees no root, and still its files are ours."""
    show = ["sh", "-c", "id -u; echo written > file; stat -c %u file"]
    done = supervisor.run("u", show, environment={}, within_seconds=5, as_unprivileged=True, directory=tmp_path)
    assert done.output == "65534\n65534\n"
    assert (tmp_path / "file").stat().st_uid == os.geteuid()


def test_the_end_kills_everything(run: Run, tmp_path: Path) -> None:
    """Leaving the block ends all processes, and an error in it arrives as it was."""
    members: set[int] = set()

    def fail() -> None:
        """Raise while a frozen and a running family live."""
        with Supervisor(run) as supervisor:
            members.update(start_brood(supervisor, tmp_path / "one").members())
            start_brood(supervisor, tmp_path / "two").freeze()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert states(frozenset(members)) == set()


HARNESS = """
import signal, sys
from pathlib import Path
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
state = Path(sys.argv[1])
with Run(state) as run, Supervisor(run) as supervisor:
    process = supervisor.spawn("brood", %r, environment={}, log=state / "log")
    while len(process.members()) < 4:
        pass
    process.freeze()
    print(run.id, supervisor.containment, *process.members(), sep=",", flush=True)
    signal.pause()
""" % (BROOD,)  # noqa: UP031 - the script has braces of its own


CRASH = """
import os, pathlib, sys
from ziggie_harness.kernel.runs import Run
with Run(pathlib.Path(sys.argv[1])) as run:
    print(run.id, flush=True)
    os._exit(1)
"""


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a harness of its own that holds a frozen family."""
    command = [sys.executable, "-c", HARNESS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        with suppress(ProcessLookupError):
            process.kill()


def test_nothing_outlives_a_killed_harness(harness: subprocess.Popen[str], tmp_path: Path) -> None:
    """After kill -9 of the harness the kernel ends a frozen family, and a sweep removes the rest; a live run stays."""
    assert harness.stdout is not None
    run_id, containment, *pids = harness.stdout.readline().strip().split(",")
    members = frozenset(int(pid) for pid in pids)
    assert states(members) == {"T"}
    assert sweep(tmp_path).directories == ()
    assert states(members) == {"T"}
    harness.kill()
    harness.wait()
    if containment == "a PID namespace":
        assert eventually(lambda: states(members) == set())
    with Run(tmp_path) as live:
        assert [path.name for path in sweep(tmp_path).directories] == [run_id]
        assert live.directory.exists()
    assert states(members) == set()


def test_the_sweep_kills_what_a_dead_run_left(tmp_path: Path) -> None:
    """Without a PID namespace the sweep finds a dead run's processes by their environment, with their descendants."""
    dead = subprocess.run([sys.executable, "-c", CRASH, tmp_path], capture_output=True, text=True, check=False)
    run_id = dead.stdout.strip()
    with Run(tmp_path) as live:
        left, kept = (
            subprocess.Popen(["sh", "-c", "sleep 300; true"], env={"ZIGGIE_RUN": each}, start_new_session=True)
            for each in (run_id, live.id)
        )
        assert eventually(lambda: len(process_table.family([left.pid], process_table.read_table())) == 2)
        swept = sweep(tmp_path)
        assert left.wait(5) == -signal.SIGKILL
        assert kept.poll() is None
        os.killpg(kept.pid, signal.SIGKILL)
        kept.wait(5)
    assert len(swept.processes) == 2
    assert [path.name for path in swept.directories] == [run_id]
    assert list(tmp_path.iterdir()) == []


def test_an_owner_is_more_than_a_pid() -> None:
    """A reused pid is not taken for the owner of a run."""
    owner = Owner.this_process()
    assert owner.alive
    assert not Owner(owner.pid, owner.start_ticks - 1).alive
