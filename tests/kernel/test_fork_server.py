"""Programs from a fork server: what an exec would have made of them, and never alive longer than the harness."""

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
from ziggie_harness.kernel.processes import ForkServer, Process, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.namespaces import Namespace
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WITNESS = "ziggie_harness.service.witness"


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """Start a fork server that knows the witness."""
    made = ForkServer([WITNESS])
    yield made
    made.close()


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


@pytest.fixture
def settings(tmp_path: Path) -> Mapping[str, str]:
    """Return what a witness has to be told; the kernel chooses its port."""
    certificate = CertificateAuthority(tmp_path / "tls").issue(["witness"], ["127.0.0.1"])
    return {
        "ZIGGIE_LISTEN": "0.0.0.0:0",
        "ZIGGIE_CERTIFICATE": str(certificate.certificate_path),
        "ZIGGIE_KEY": str(certificate.key_path),
        "ZIGGIE_LEASES": str(tmp_path / "leases"),
    }


def eventually(happened: Callable[[], bool]) -> bool:
    """Give the kernel up to five real seconds."""
    pause = threading.Event()
    return any(happened() or pause.wait(0.005) for _ in range(1000))


def listening(process: Process) -> Process:
    """Wait until a witness says that it listens."""
    assert eventually(lambda: len(process.tail()) == 2 or not process.alive())
    assert "listening on" in process.tail()[-1], process.tail()
    return process


def living(pids: frozenset[int]) -> set[int]:
    """Return those processes that have not ended."""
    rows = (process_table.read_row(pid) for pid in pids)
    return {row.pid for row in rows if row is not None and not row.dead}


def test_a_program_is_what_an_exec_would_have_made(
    run: Run, supervisor: Supervisor, server: ForkServer, settings: Mapping[str, str], tmp_path: Path
) -> None:
    """It has its own environment, also where a sweep looks, its own session and signals, and nothing else open."""
    log = tmp_path / "log"
    process = listening(supervisor.fork(server, "witness", WITNESS, environment=settings, log=log))
    proc = Path(f"/proc/{process.pid}")
    shown = dict(entry.split("=", 1) for entry in (proc / "environ").read_text().rstrip("\0").split("\0"))
    assert set(shown) == {*settings, "PATH", "ZIGGIE_RUN", "ZIGGIE_PROCESS"}
    assert (shown["ZIGGIE_RUN"], shown["ZIGGIE_LEASES"]) == (run.id, settings["ZIGGIE_LEASES"])
    row = process_table.read_row(process.pid)
    assert row is not None
    assert (row.session, (proc / "cwd").readlink()) == (process.pid, Path.cwd())
    opened = [each.readlink() for each in sorted((proc / "fd").iterdir(), key=lambda each: int(each.name))]
    assert opened[:3] == [Path("/dev/null"), log, log]
    assert [str(each).partition(":")[0] for each in opened[3:]] == ["socket"], "what it listens on"
    status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines())
    caught = {number for number in range(1, 32) if int(status["SigCgt"], 16) >> number - 1 & 1}
    assert caught == {signal.SIGINT, signal.SIGTERM}


def test_a_program_is_where_it_was_ordered(
    supervisor: Supervisor, server: ForkServer, settings: Mapping[str, str], tmp_path: Path
) -> None:
    """It is in the network that was named and in the supervisor's PID namespace, and sees the resolver it was given."""
    if supervisor.containment != "a PID namespace":
        pytest.skip("no namespaces here")
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 13.48.10.53\n")
    with Namespace() as network:
        process = listening(
            supervisor.fork(
                server,
                "witness",
                WITNESS,
                environment=settings,
                log=tmp_path / "log",
                namespace=network.descriptor,
                resolv_conf=resolver,
            )
        )
        proc = Path(f"/proc/{process.pid}")
        assert (proc / "ns" / "net").stat().st_ino == os.fstat(network.descriptor).st_ino
        assert (proc / "ns" / "pid").stat().st_ino != Path("/proc/self/ns/pid").stat().st_ino
        assert (proc / "root" / "etc" / "resolv.conf").read_text() == resolver.read_text()
    other = listening(supervisor.fork(server, "other", WITNESS, environment=settings, log=tmp_path / "other"))
    for kind in ("net", "mnt"):
        ours = Path(f"/proc/self/ns/{kind}").stat().st_ino
        assert (Path(f"/proc/{other.pid}/ns/{kind}").stat().st_ino == ours) == (kind == "net")


def test_a_program_is_frozen_thawed_and_killed(
    supervisor: Supervisor, server: ForkServer, settings: Mapping[str, str], tmp_path: Path
) -> None:
    """It is a process as any other, and its exit status is known."""
    process = listening(supervisor.fork(server, "witness", WITNESS, environment=settings, log=tmp_path / "log"))
    process.freeze()
    row = process_table.read_row(process.pid)
    assert row is not None
    assert (row.state, process.alive(), set(process.members())) == ("T", True, {process.pid})
    with pytest.raises(LabError, match=r"did not end within 0\.01 s: witness starts \| listening on"):
        process.wait(0.01)
    process.thaw()
    process.kill()
    assert (process.alive(), process.wait(20.0), living(frozenset({process.pid}))) == (False, -signal.SIGKILL, set())
    polite = listening(supervisor.fork(server, "polite", WITNESS, environment=settings, log=tmp_path / "polite"))
    assert polite.terminate(within_seconds=5) == 0


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("ziggie_harness.nothing", "No module named 'ziggie_harness.nothing'"),
        ("asyncio.windows_events", "ImportError: win32 only"),
        (WITNESS, "is not set"),
    ],
    ids=["missing", "fails at import", "ends by itself"],
)
def test_a_program_that_fails_says_why(supervisor: Supervisor, tmp_path: Path, module: str, words: str) -> None:
    """Also a module that the fork server could not import says why in the program's log, and the server goes on."""
    server = ForkServer([module, WITNESS])
    for log in (tmp_path / "one", tmp_path / "two"):
        process = supervisor.fork(server, "failing", module, environment={}, log=log)
        assert process.wait(5.0) == 1
        assert words in "\n".join(process.tail())
    server.close()


def test_supervisors_share_a_server(server: ForkServer, settings: Mapping[str, str], tmp_path: Path) -> None:
    """The end of a supervisor ends its programs, frozen or not, and no others."""
    with Run(tmp_path / "state") as one, Run(tmp_path / "state") as two, Supervisor(one) as first:
        left = listening(first.fork(server, "left", WITNESS, environment=settings, log=tmp_path / "left"))
        with Supervisor(two) as second:
            right = listening(second.fork(server, "right", WITNESS, environment=settings, log=tmp_path / "right"))
            right.freeze()
        assert (left.alive(), right.alive(), right.wait(20.0)) == (True, False, -signal.SIGKILL)


def test_programs_end_with_their_server(supervisor: Supervisor, settings: Mapping[str, str], tmp_path: Path) -> None:
    """A killed fork server takes its programs along, and the next order says that there is none."""
    server = ForkServer([WITNESS])
    process = listening(supervisor.fork(server, "witness", WITNESS, environment=settings, log=tmp_path / "log"))
    os.kill(server.pid, signal.SIGKILL)
    assert process.wait(5.0) == -signal.SIGKILL
    assert eventually(lambda: not living(frozenset({process.pid})))
    with pytest.raises(LabError, match="the fork server has ended"):
        supervisor.fork(server, "witness", WITNESS, environment=settings, log=tmp_path / "log")
    server.close()


HARNESS = """
import signal, sys
from pathlib import Path
from ziggie_harness.kernel.processes import ForkServer, Supervisor
from ziggie_harness.kernel.runs import Run
state = Path(sys.argv[1])
server = ForkServer(["json"])
settings = {"ZIGGIE_LISTEN": "0.0.0.0:0", "ZIGGIE_CERTIFICATE": "-", "ZIGGIE_KEY": "-", "ZIGGIE_LEASES": sys.argv[2]}
with Run(state) as run, Supervisor(run) as supervisor:
    programs = [supervisor.fork(server, name, "ziggie_harness.service.witness", environment=settings, log=state / name)
        for name in ("frozen", "running")]
    programs[0].freeze()
    print(server.pid, *(each.pid for each in programs), flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_nothing_outlives_the_harness(tmp_path: Path, number: signal.Signals) -> None:
    """However the harness ends, its fork server and the programs end with it, also a frozen one."""
    gate = tmp_path / "leases"
    os.mkfifo(gate)  # a program that reads it waits for ever
    command = [sys.executable, "-c", HARNESS, str(tmp_path), str(gate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as harness:
        assert harness.stdout is not None
        try:
            pids = frozenset(int(pid) for pid in harness.stdout.readline().split())
            assert len(living(pids)) == 3
            harness.send_signal(number)
            harness.wait(10)
        finally:
            with suppress(ProcessLookupError):
                harness.kill()
    assert eventually(lambda: not living(pids)), living(pids)
