"""The lab without root: the whole of it in an unprivileged user namespace."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.namespaces import Kind, Visit
from ziggie_harness.lab.namespaces import Namespace
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

UNPRIVILEGED = """
import ctypes, encodings.idna, os, socket, sys
from pathlib import Path
from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.namespaces import enter_user_namespace
from ziggie_harness.lab.network import Network

if os.geteuid() == 0:
    # Everything is imported, so the interpreter may lie where only root can read.
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    # A process that changed its user is not its own in /proc until it says so (prctl(2), PR_SET_DUMPABLE).
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    assert not namespaces.may_administrate()
user = os.geteuid()
reason = enter_user_namespace()
if reason is not None:
    sys.exit(f"SKIP {reason}")
assert (enter_user_namespace(), os.geteuid(), namespaces.outer_user()) == (None, 0, user)
with socket.create_server(("127.0.0.1", 0)) as own:
    socket.create_connection(own.getsockname()).close()
state = Path(sys.argv[1])
os.chdir(state)
with Run(state) as run, Network() as network, Supervisor(run) as supervisor:
    resolver = run.directory / "resolv.conf"
    resolver.write_text("nameserver 13.48.10.53\\n")
    with network.inside("eu-north-1"):
        server = socket.create_server(("13.48.10.10", 443))
    def connect():
        with network.inside("internet"), socket.socket() as client:
            client.settimeout(0.15)
            return client.connect_ex(("13.48.10.10", 443))
    before = connect()
    with network.severed("internet", "eu-north-1"):
        during = connect()
    done = supervisor.run("nobody", ["sh", "-c", "id -u; cat /etc/resolv.conf; touch made"], environment={},
        within_seconds=5, namespace=network.descriptor("eu-north-1"), resolv_conf=resolver, as_unprivileged=True)
    frozen = supervisor.spawn("frozen", ["sleep", "300"], environment={}, log=run.directory / "log")
    frozen.freeze()
    server.close()
    print(before, during, *done.output.split(), os.stat("made").st_uid, supervisor.containment, sep="|")
"""


def test_the_lab_works_without_root(tmp_path: Path) -> None:
    """An unprivileged user gets the network, silent cuts, PID namespace, resolver and a program that refuses root."""
    state = tmp_path / "state"
    state.mkdir(mode=0o777)
    if namespaces.may_administrate():
        _open_to_all(state)
    command = [sys.executable, "-c", UNPRIVILEGED, str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    if done.stderr.startswith("SKIP "):
        pytest.skip(done.stderr.strip())
    assert done.stdout == "0|11|65534|nameserver|13.48.10.53|0|a PID namespace\n", done.stderr


def _open_to_all(directory: Path) -> None:
    """Let another user reach a directory below the temporary one, and be its owner for the state directory's sake."""
    for parent in [directory, *directory.parents[:-2]]:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    os.chown(directory, 65534, 65534)


def test_a_namespace_is_empty_and_left_again() -> None:
    """A new namespace has its own interfaces for this thread alone, and closing it twice is harmless."""
    try:
        namespace = Namespace()
    except LabError as error:
        pytest.skip(str(error))
    home = _network_of_this_thread()
    with namespace:
        with Visit(namespace.descriptor):
            assert _network_of_this_thread() != home
        assert _network_of_this_thread() == home
    namespace.close()


def test_a_process_with_threads_cannot_enter() -> None:
    """Entering too late is a reason, not a crash; for root there is nothing to enter."""
    script = (
        "import threading\nfrom ziggie_harness.kernel import namespaces\n"
        "from ziggie_harness.lab.namespaces import enter_user_namespace\n"
        "done = threading.Event()\nthreading.Thread(target=done.wait).start()\n"
        "print(namespaces.may_administrate(), enter_user_namespace())\ndone.set()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(("True None", "False the process already has 2 threads")), done.stdout


def test_a_refusal_says_what_to_do() -> None:
    """An errno of the kernel becomes an error with a remedy."""
    with pytest.raises(OSError, match="Bad file descriptor") as refused:
        namespaces.setns(-1, Kind.NETWORK)
    error = namespaces.refusal("enter the lab", refused.value)
    assert str(error) == (
        "cannot enter the lab: Bad file descriptor (errno 9)\n  next: `ziggie doctor` examines what this machine can do"
    )
    assert "root" in namespaces.remedy(1)


def _network_of_this_thread() -> int:
    """Tell the inode of this thread's network namespace."""
    descriptor = namespaces.open_namespace("net")
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)
