"""The kernel's namespace calls: leave one, enter one, cover a file in one.

Mechanism only; what a region is, the lab knows.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import socket
import struct
from enum import IntFlag
from pathlib import Path

from ziggie_harness.model.errors import LabError

CAP_SYS_ADMIN = 21
"""Number of the capability that namespace calls need (linux/capability.h)."""

# From linux/sockios.h and net/if.h: struct ifreq is a name of 16 bytes and, here, its flags.
_SET_INTERFACE_FLAGS = 0x8914
_INTERFACE_FLAGS = "16sH14x"
_INTERFACE_UP = 1

_MS_REMOUNT = 0x20
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000

_REMEDIES = {
    errno.EPERM: "run as root, or allow unprivileged user namespaces (sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0, or a container with --privileged); see `ziggie doctor`",
    errno.EINVAL: "only a process with a single thread may enter a user namespace: do it before threads start",
    errno.ENOSPC: "too many namespaces: raise the limits under /proc/sys/user, or end other drills (`ziggie sweep`)",
    errno.ENOMEM: "the anchor of the PID namespace was killed, or memory is short: start the run again",
    errno.ENOSYS: "this kernel was built without namespaces: use another host",
    errno.EROFS: "the file system there is read-only: in a container, start it with --privileged",
}


class Kind(IntFlag):
    """The kinds of namespace (linux/sched.h)."""

    MOUNT = 0x00020000
    USER = 0x10000000
    PROCESS = 0x20000000
    NETWORK = 0x40000000


def remedy(number: int | None) -> str:
    """Say what to do about an errno of a namespace call."""
    return _REMEDIES.get(number or 0, "`ziggie doctor` examines what this machine can do")


def refusal(action: str, error: OSError) -> LabError:
    """Turn the kernel's refusal into an error that says what to do next."""
    return LabError(f"cannot {action}", f"{error.strerror} (errno {error.errno})", remedy(error.errno))


@functools.cache
def _libc() -> ctypes.CDLL:
    """Load the C library of this process, once: every socket of the lab is made after a call of it."""
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    """Raise what the C library left in errno."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def unshare(kinds: Kind) -> None:
    """Give the calling thread new namespaces of these kinds; OSError when refused."""
    _checked(_libc().unshare(int(kinds)))


def setns(descriptor: int, kind: Kind) -> None:
    """Move the calling thread into the namespace behind a descriptor; OSError when refused."""
    _checked(_libc().setns(descriptor, int(kind)))


def make_mounts_private() -> None:
    """Keep later mounts of this mount namespace from reaching any other; OSError when refused."""
    _checked(_libc().mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))


def cover(target: Path, source: Path) -> None:
    """Let ``target`` show the content of ``source`` in this mount namespace; OSError when refused."""
    _checked(_libc().mount(os.fsencode(source), os.fsencode(target), None, _MS_BIND, None))


def mount_memory(target: Path, size_bytes: int) -> None:
    """Put a file system of a bounded size, in memory, over ``target`` in this mount namespace; OSError when refused."""
    _checked(_libc().mount(b"ziggie", os.fsencode(target), b"tmpfs", 0, f"size={size_bytes},mode=700".encode()))


def resize_memory(target: Path, size_bytes: int) -> None:
    """Give such a file system another bound; OSError (EINVAL) when it holds more than that (tmpfs(5))."""
    _checked(_libc().mount(b"ziggie", os.fsencode(target), None, _MS_REMOUNT, f"size={size_bytes}".encode()))


def open_namespace(name: str) -> int:
    """Open the calling thread's namespace ``name`` ("net", "mnt"); the descriptor keeps it alive."""
    return os.open(f"/proc/thread-self/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)


class Visit:
    """A block with the calling thread in a network namespace, after which it returns to the one that it came from.

    Every socket of the lab is made in one, hence a class: a generator takes twice the time.
    """

    __slots__ = ("_descriptor", "_home")

    def __init__(self, descriptor: int) -> None:
        """Prepare to enter the namespace behind a descriptor."""
        self._descriptor = descriptor
        self._home = -1

    def __enter__(self) -> None:
        """Enter; OSError when refused."""
        self._home = open_namespace("net")
        try:
            setns(self._descriptor, Kind.NETWORK)
        except OSError:
            os.close(self._home)
            raise

    def __exit__(self, *_: object) -> None:
        """Return."""
        try:
            setns(self._home, Kind.NETWORK)
        finally:
            os.close(self._home)


def may_administrate() -> bool:
    """Whether this thread has CAP_SYS_ADMIN in its user namespace, which namespace calls need."""
    for line in Path("/proc/thread-self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_ADMIN & 1)
    return False


def enter_user_namespace() -> None:
    """Make this single-threaded process root of a user namespace, its user mapped to 0; OSError when refused.

    It leaves the host's network as well, for an empty one with a loopback: a thread that went into a network of the
    lab could not return to one that belongs to the host's root (setns(2)).
    """
    user, group = os.geteuid(), os.getegid()
    unshare(Kind.USER | Kind.NETWORK)
    # Without privilege, a group map is accepted only after setgroups was given up (user_namespaces(7)).
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    with socket.socket(type=socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_INTERFACE_FLAGS, struct.pack(_INTERFACE_FLAGS, b"lo", _INTERFACE_UP))


def outer_user() -> int:
    """Tell the number of this process's user as the host knows it, also from inside a user namespace."""
    user = os.geteuid()
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, outside, count = (int(field) for field in line.split())
        if inside <= user < inside + count:
            return outside + user - inside
    return user
