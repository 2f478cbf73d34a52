"""Namespaces of the lab: root's powers without root, and networks that vanish with the process that holds them."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.namespaces import Kind

if TYPE_CHECKING:
    from types import TracebackType


def enter_user_namespace() -> str | None:
    """Give this process the right to make networks; the reason why not, or None.

    Call it before any thread starts. It does nothing for root and for a process whose parent did it, since
    the children inherit the namespace. Inside, the user looks like root, its files stay its own, and the host's
    network is out of reach: only a drill that stays in the lab may call it.
    """
    if not Path("/proc/thread-self/ns/net").exists():
        return "this system has no Linux namespaces"
    if namespaces.may_administrate():
        return None
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        return f"the process already has {threads} threads: a user namespace can only be entered before threads start"
    refused = _rehearse()
    if refused is not None:
        return f"no unprivileged user namespace: {os.strerror(refused)}; {namespaces.remedy(refused)}"
    namespaces.enter_user_namespace()
    return None


def _rehearse() -> int | None:
    """Try the way in with a child; the errno that stopped it, or None.

    Some hosts grant the namespace and then refuse everything in it (AppArmor on Ubuntu 24.04 does): there is no
    way back, so a child goes first.
    """
    child = os.fork()
    if child == 0:
        outcome = 255
        try:
            namespaces.enter_user_namespace()
            namespaces.unshare(Kind.MOUNT)
            outcome = 0
        except OSError as error:
            outcome = error.errno or 255
        finally:
            os._exit(outcome)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status or None


class Namespace:
    """A network namespace held by nothing but a descriptor of this process, so that it cannot outlive it."""

    def __init__(self) -> None:
        """Make the namespace; LabError when the kernel refuses."""
        made: list[int | OSError] = []

        def make() -> None:
            """Leave for a new namespace, on a thread that ends at once, and keep only its descriptor."""
            try:
                namespaces.unshare(Kind.NETWORK)
                made.append(namespaces.open_namespace("net"))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=make, name="namespace")
        thread.start()
        thread.join()
        outcome = made[0]
        if isinstance(outcome, OSError):
            raise namespaces.refusal("make a network namespace", outcome) from outcome
        self.descriptor = outcome

    def close(self) -> None:
        """Let go of the namespace; the kernel removes it when its last socket is closed."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        """Hold the namespace for a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of it."""
        self.close()
