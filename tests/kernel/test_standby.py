"""A program that stands by: a call of it finds, does and leaves what an exec of it finds, does and leaves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from ziggie_harness.kernel import standby, standby_call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT: Final = Path(standby.__file__).parents[2]

MODULE: Final = """
import os
os.environ["SET_BY_IMPORT"] = os.environ.get("ASKED_BY_IMPORT", "nothing") + " found"
IMPORTED_IN = os.getpid()
"""

PROGRAM: Final = """#!{python}
import json, os, signal, sys
import slow_to_import
if "fork" in sys.argv:
    assert slow_to_import.IMPORTED_IN != os.getpid(), "it was started anew"
elif "exec" in sys.argv:
    assert slow_to_import.IMPORTED_IN == os.getpid(), "it was forked"
mask = os.umask(0)
found = {{
    "words": sys.argv, "directory": os.getcwd(), "environment": dict(os.environ), "mask": mask, "name": __name__,
    "path": sys.path[0], "input": sys.stdin.read(),
    "descriptors": sorted(os.listdir("/proc/self/fd")), "network": os.readlink("/proc/self/ns/net"),
    "encodings": [sys.stdin.encoding, sys.stdout.encoding, sys.stderr.encoding, sys.stdout.errors],
    "signals": [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
}}
if "hand-over" in sys.argv:
    found["handed over"] = os.read(int(sys.argv[-1]), 100).decode()
print(json.dumps(found, indent=1, sort_keys=True))
print("complaint", file=sys.stderr)
if "wait" in sys.argv:
    try:
        print("waiting", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        sys.exit(130)
if "by signal" in sys.argv:
    os.kill(os.getpid(), signal.SIGTERM)
sys.exit(7)
"""

ENVIRONMENT: Final = {"LANG": standby_call.LOCALE, "PATH": os.environ["PATH"], "OWN": "ü and\nmore"}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Write a program, and a module that it imports."""
    (tmp_path / "slow_to_import.py").write_text(MODULE)
    made = tmp_path / "program"
    made.write_text(PROGRAM.format(python=sys.executable))
    made.chmod(0o755)
    return made


@pytest.fixture
def call(program: Path, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Let the program stand by, deaf to Ctrl-C as a run in the background is, and return the command that calls it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = tmp_path / "socket"
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ziggie_harness.kernel.standby import main; "
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(place))
        listener.listen()
        number = str(listener.fileno())
        words = (sys.executable, "-I", "-c", f"{code}main(sys.argv[1:])", str(ROOT), number, str(program))
        server = subprocess.Popen(
            (*words, "slow_to_import"), env=ENVIRONMENT, pass_fds=(listener.fileno(),), stdin=subprocess.DEVNULL
        )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield (sys.executable, "-I", "-S", standby_call.__file__, str(place), str(program))
    signal.signal(signal.SIGINT, before)
    server.kill()
    server.wait()


def ended(
    command: Sequence[str], directory: Path, environment: Mapping[str, str] = ENVIRONMENT, pass_fds: Sequence[int] = ()
) -> tuple[int, str, str]:
    """Run a command with an input of its own; return its status and what it said, and to whom."""
    done = subprocess.run(
        command, cwd=directory, env=environment, input="given", capture_output=True, text=True, pass_fds=pass_fds,
        umask=0o027, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [(), ("", "ä", "two words", "--x=\n"), ("by signal",)])
def test_a_call_is_what_an_exec_is(program: Path, call: Sequence[str], tmp_path: Path, words: Sequence[str]) -> None:
    """Words, environment, directory, mask, input, both outputs, open files, signals and the status are the same."""
    called = ended((*call, *words), tmp_path)
    assert called == ended((str(program), *words), tmp_path)
    assert called[0] == (-signal.SIGTERM if words == ("by signal",) else 7)


def test_a_call_does_not_import_again(call: Sequence[str], tmp_path: Path) -> None:
    """The modules were imported by the process that stands by."""
    assert ended((*call, "fork"), tmp_path)[0] == 7


def test_a_file_that_a_shell_opened_comes_along(call: Sequence[str], tmp_path: Path) -> None:
    """So does what `<(...)` gives: it is known under the same number."""
    reading, writing = os.pipe()
    os.write(writing, b"an order")
    os.close(writing)
    status, said, _ = ended((*call, "fork", "hand-over", str(reading)), tmp_path, pass_fds=(reading,))
    os.close(reading)
    assert (status, '"handed over": "an order"' in said) == (7, True)


@pytest.mark.parametrize(
    "changes", [{"PYTHONDONTWRITEBYTECODE": "1"}, {"LC_ALL": "C"}, {"LANG": "C"}, {"ASKED_BY_IMPORT": "this"}]
)
def test_it_is_executed_where_a_fork_might_differ(
    program: Path, call: Sequence[str], tmp_path: Path, changes: Mapping[str, str]
) -> None:
    """What Python reads as it starts, or the imports asked for, is another than where the program stands by."""
    environment = {**ENVIRONMENT, **changes}
    called = ended((*call, "exec"), tmp_path, environment)
    assert called == ended((str(program), "exec"), tmp_path, environment)
    assert called[0] == 7


def test_it_is_executed_where_nobody_stands_by(call: Sequence[str], tmp_path: Path) -> None:
    """The caller does not learn that anything is missing."""
    *words, _, program = call
    assert ended((*words, str(tmp_path / "nowhere"), program, "exec"), tmp_path)[0] == 7


def test_an_interrupt_reaches_the_program(call: Sequence[str], tmp_path: Path) -> None:
    """It decides how it ends, as it does at Ctrl-C in a shell."""
    with subprocess.Popen((*call, "fork", "wait"), cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        assert process.stdout is not None
        while process.stdout.readline() != "waiting\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_the_program_does_not_outlive_who_called_it(call: Sequence[str], tmp_path: Path) -> None:
    """Whoever kills the caller, as a drill does that gives a script up, kills the program."""
    with subprocess.Popen((*call, "fork", "wait"), cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        assert process.stdout is not None
        while process.stdout.readline() != "waiting\n":
            assert process.poll() is None
        process.kill()
        assert process.stdout.read() == "", "its output is closed when it has ended"
