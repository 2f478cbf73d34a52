"""A process that the harness starts lives on the drill's clock as its threads do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.actors import NEVER
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.process_clock import ClockClient, WallClock, clock_of
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOUR_SECONDS = 3600.0


@contextmanager
def child(server: ClockServer, program: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program in a process linked to a clock, with ``clock`` at hand; kill it in the end."""
    preamble = "import os, socket, threading\nfrom ziggie_harness.kernel.process_clock import clock_of\n"
    code = preamble + "clock = clock_of(os.environ)\n" + textwrap.dedent(program)
    environment = {**os.environ, **server.environment("child")}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def within(seconds: float, wall: float) -> bool:
    """Say whether a wall time is at most so many seconds ago."""
    return time.monotonic() - wall <= seconds


def eventually(happened: Callable[[], bool]) -> bool:
    """Give a process up to ten real seconds."""
    pause = threading.Event()
    return any(happened() or pause.wait(0.01) for _ in range(1000))


def test_an_hour_of_rest_in_a_process_takes_no_time(tmp_path: Path) -> None:
    """A linked process sleeps through an hour of drill time as a thread does, and reads the right time after it."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        program = """
            with clock.actor("sleeper"):
                clock.sleep_until(3600.0)
                print(clock.now(), flush=True)
        """
        wall = time.monotonic()
        with child(server, program) as process:
            woke_seconds = float(line(process))
            assert HOUR_SECONDS <= woke_seconds <= clock.now()
            assert clock.now() - woke_seconds < 1.0
            assert within(10.0, wall)


def test_a_process_reads_the_harness_time(tmp_path: Path) -> None:
    """The time in a linked process is the time of the harness to a millisecond, also after a jump."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        client = ClockClient(server.path, "here")
        for _ in range(3):
            before, there, after = clock.now(), client.now(), clock.now()
            assert before - 0.001 <= there <= after + 0.001
            with clock.actor("test"):
                clock.sleep(100.0)
        assert client.now() >= 300.0


def test_time_does_not_jump_while_a_process_works(tmp_path: Path) -> None:
    """While an actor of a linked process is at work, the clock runs at wall speed."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        program = """
            with clock.actor("worker"):
                print("at work", flush=True)
                input()
        """
        with child(server, program) as process:
            assert line(process) == "at work"
            with clock.actor("test"):
                clock.sleep(0.3)
            assert clock.skipped_seconds == 0.0


def test_who_rests_is_counted(tmp_path: Path) -> None:
    """A process counts with each of its threads that rests, and not while it works."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        program = """
            with clock.actor("sleeper"):
                print("at work", flush=True)
                input()
                clock.sleep_until(float('inf'))
        """
        with child(server, program) as process:
            assert line(process) == "at work"
            assert server.resting("child") == 0
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
            assert eventually(lambda: server.resting("child") == 1)
            assert server.resting("another") == 0


@pytest.mark.parametrize("work", ["input()", "clock.sleep_until(float('inf'))"])
def test_a_dead_process_does_not_hold_the_clock(tmp_path: Path, work: str) -> None:
    """A process that is killed at work or at rest is forgotten at once."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        program = f"""
            with clock.actor("victim"):
                print("ready", flush=True)
                {work}
        """
        with child(server, program) as process:
            assert line(process) == "ready"
            process.kill()
            process.wait()
            wall = time.monotonic()
            with clock.actor("test"):
                clock.sleep(HOUR_SECONDS)
            assert within(3.0, wall)
            assert clock.at_work() == ()


def test_a_frozen_process_counts_as_at_rest_until_it_is_thawed(tmp_path: Path) -> None:
    """A frozen process does not hold the clock, at work or at rest; thawed, it is at work again and holds it."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        program = """
            def rests():
                with clock.actor("sleeper"):
                    while True:
                        clock.sleep_until(clock.now() + 10.0)
            threading.Thread(target=rests, daemon=True).start()
            with clock.actor("worker"):
                print("at work", flush=True)
                input()
        """
        with child(server, program) as process, clock.actor("test"):
            assert line(process) == "at work"
            os.kill(process.pid, signal.SIGSTOP)
            server.suspend("child")
            wall = time.monotonic()
            clock.sleep(HOUR_SECONDS)
            assert within(3.0, wall)
            server.resume("child")
            os.kill(process.pid, signal.SIGCONT)
            skipped_seconds = clock.skipped_seconds
            clock.sleep(0.3)
            assert clock.skipped_seconds - skipped_seconds < 0.01


def test_a_frozen_supervised_process_does_not_hold_the_clock(tmp_path: Path) -> None:
    """Supervisor and link each mark a process in its environment; neither mark hides the other's."""
    program = textwrap.dedent("""
        import os
        from ziggie_harness.kernel.process_clock import clock_of
        with clock_of(os.environ).actor("worker"):
            print("at work", flush=True)
            os.read(int(os.environ["GATE"]), 1)
    """)
    gate, release = os.pipe()
    try:
        with (
            DrillClock() as clock,
            ClockServer(clock, tmp_path / "clock") as server,
            Run(tmp_path / "state") as run,
            Supervisor(run) as supervisor,
            clock.actor("test"),
        ):
            environment = {**server.environment("worker"), "GATE": str(gate), "PYTHONPATH": os.pathsep.join(sys.path)}
            process = supervisor.spawn(
                "worker",
                [sys.executable, "-c", program],
                environment=environment,
                log=tmp_path / "log",
                pass_fds=[gate],
            )
            assert eventually(lambda: process.tail() == ("at work",))
            process.freeze()
            server.suspend("worker")
            wall = time.monotonic()
            clock.sleep(30.0)
            assert within(3.0, wall)
    finally:
        os.close(gate)
        os.close(release)


def test_a_ready_socket_ends_the_rest_of_a_process(tmp_path: Path) -> None:
    """A rest on a socket ends when data comes, at the drill time when it came."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        client = ClockClient(server.path, "here")
        near, far = socket.socketpair()
        found: list[tuple[bool, float]] = []

        entered = threading.Barrier(2)

        def waits() -> None:
            with client.actor("reader"):
                entered.wait()
                found.append((client.await_socket(near, writable=False, until_seconds=HOUR_SECONDS), client.now()))

        with near, far, clock.actor("test"):
            reader = threading.Thread(target=waits)
            reader.start()
            entered.wait()
            clock.sleep(100.0)
            far.send(b"x")
            reader.join()
        ((came, at_seconds),) = found
        assert came
        assert 100.0 <= at_seconds < 101.0


def test_a_change_of_cuts_ends_the_rest_on_a_socket_but_no_sleep(tmp_path: Path) -> None:
    """When a link is healed, whoever waits on a socket looks again; whoever sleeps sleeps on."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        client = ClockClient(server.path, "here")
        near, far = socket.socketpair()
        ends: dict[str, float] = {}

        entered = threading.Barrier(3)

        def waits() -> None:
            with client.actor("reader"):
                entered.wait()
                assert not client.await_socket(near, writable=False, until_seconds=NEVER)
                ends["socket"] = client.now()

        def sleeps() -> None:
            with client.actor("sleeper"):
                entered.wait()
                client.sleep_until(500.0)
                ends["sleep"] = client.now()

        with near, far, clock.actor("test"):
            threads = [threading.Thread(target=waits), threading.Thread(target=sleeps)]
            for thread in threads:
                thread.start()
            entered.wait()
            clock.sleep(100.0)
            clock.stir()
            clock.sleep(1000.0)
            for thread in threads:
                thread.join()
        assert 100.0 <= ends["socket"] < 101.0
        assert 500.0 <= ends["sleep"] < 501.0


def test_a_process_may_ask_what_is_stalled(tmp_path: Path) -> None:
    """A linked process hears from the harness why an exchange from a site with an address is stuck."""

    def stalled(site: str, address: str, port: int) -> str | None:
        return f"{site} cannot reach {address}:{port}" if port == 5432 else None

    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock", stalled) as server:
        client = ClockClient(server.path, "here")
        with client.actor("asker"):
            assert client.stalled("eu-north-1", "13.48.10.30", 5432) == "eu-north-1 cannot reach 13.48.10.30:5432"
            assert client.stalled("eu-north-1", "13.48.10.30", 443) is None


def test_resting_without_being_an_actor_is_refused(tmp_path: Path) -> None:
    """A thread that is no actor is told how to become one."""
    with (
        DrillClock() as clock,
        ClockServer(clock, tmp_path / "clock") as server,
        pytest.raises(RuntimeError, match=r"with clock\.actor"),
    ):
        ClockClient(server.path, "here").sleep_until(1.0)


def test_a_process_hears_that_the_drill_has_ended(tmp_path: Path) -> None:
    """When the clock is gone a rest raises, and leaves nothing behind in the directory."""
    with DrillClock() as clock:
        with ClockServer(clock, tmp_path / "clock") as server:
            client = ClockClient(server.path, "here")
            actor = client.actor("late")
            actor.__enter__()
        with pytest.raises(OSError, match=r"."):
            client.sleep_until(client.now() + 1.0)
        actor.__exit__(None, None, None)
        assert list(tmp_path.iterdir()) == []


def test_a_path_too_long_for_a_socket_is_explained(tmp_path: Path) -> None:
    """The error for a long path says what to change."""
    deep = tmp_path / ("x" * 120)
    with DrillClock() as clock, pytest.raises(LabError, match="shorter state directory"), ClockServer(clock, deep):
        pass


def test_without_a_link_a_process_lives_on_the_wall_clock() -> None:
    """A process that knows no drill clock rests in real time and never hears of a stalled path."""
    clock = clock_of({})
    assert isinstance(clock, WallClock)
    near, far = socket.socketpair()
    with near, far, clock.actor("test"):
        started = clock.now()
        clock.sleep_until(started + 0.02)
        assert clock.now() >= started + 0.02
        assert not clock.await_socket(near, writable=False, until_seconds=clock.now() + 0.01)
        far.send(b"x")
        assert clock.await_socket(near, writable=False, until_seconds=clock.now() + 1.0)
        assert clock.stalled("eu-north-1", "13.48.10.30", 5432) is None


def test_a_thousand_rests_of_a_process_are_quick(tmp_path: Path) -> None:
    """A rest through the link costs well below a millisecond or two, so long drills stay short."""
    with DrillClock() as clock, ClockServer(clock, tmp_path / "clock") as server:
        client = ClockClient(server.path, "here")
        wall = time.monotonic()
        with client.actor("sleeper"):
            for second in range(1000):
                client.sleep_until(second * 1.0)
        assert within(5.0, wall)
